// SPDX-License-Identifier: Apache-2.0

import Glibc
import SlurmText

/// Whether this process may change nodes and partitions, by what Slurm says of itself.
package struct SlurmRights: Sendable, Hashable {
    package enum Verdict: Sendable, Hashable {
        /// root or SlurmUser.
        case may
        /// An administrator of slurmdbd may too, and only slurmdbd knows who is one: Slurm's refusal would say so.
        case perhaps(String)
        /// A sentence: what is missing.
        case mayNot(String)
        /// The controller did not answer.
        case unknown
    }

    /// - Parameters:
    ///   - configuration: the answer to `scontrol show config`.
    ///   - user: the effective user of this process, and its name where it has one.
    package static func verdict(_ configuration: String, user: UInt32, name: String) -> Verdict {
        guard let slurmUser = value("SlurmUser", in: configuration) else { return .unknown }
        // `slurm(64030)`
        let number = slurmUser.split(separator: "(").last.flatMap { UInt32($0.dropLast()) }
        if user == 0 || user == number { return .may }
        let owner = slurmUser.split(separator: "(").first.map(String.init) ?? slurmUser
        let rest = "may not change Slurm's nodes and partitions: that needs root or \(owner) (SlurmUser)"
        let storage = value("AccountingStorageType", in: configuration) ?? ""
        if storage.hasSuffix("slurmdbd") { return .perhaps("\(name) \(rest), or an Administrator of slurmdbd") }
        return .mayNot("\(name) \(rest)")
    }

    /// Asks the controller.
    package static func verdict(by command: SlurmCommand) async -> Verdict {
        let reply = await command.run(.scontrol, ["show", "config"])
        guard reply.isGood else { return .unknown }
        let user = geteuid()
        let name = getpwuid(user).flatMap { $0.pointee.pw_name }.map { String(cString: $0) } ?? "uid \(user)"
        return verdict(reply.text, user: user, name: name)
    }

    private static func value(_ key: String, in text: String) -> String? {
        for line in text.split(separator: "\n") where line.hasPrefix(key) {
            let halves = line.split(separator: "=", maxSplits: 1)
            guard halves.count == 2, halves[0].split(separator: " ") == [Substring(key)] else { continue }
            return String(halves[1]).split(separator: " ").first.map(String.init)
        }
        return nil
    }
}
