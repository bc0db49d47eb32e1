// SPDX-License-Identifier: Apache-2.0

/// Why Slurm gave no answer that can be used: the kind for decisions, one plain sentence for people.
package struct SlurmFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable {
        case noProgram, noConfiguration
        /// The controller, or slurmrestd, is not there; is there and says nothing; does not know who asks.
        case down, hangs, munge, credential
        /// The token of REST is not there, not taken, or over.
        case token
        /// It says that this user may not.
        case denied
        /// A signal has ended the command.
        case cut
        /// It answers something else than was asked for.
        case garbled, tooLarge
        /// It refuses, in its own words.
        case refused
    }

    package var kind: Kind
    /// Without the cluster's name, to go on after it: `does not answer: slurmctld is down`.
    package var text: String

    package init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    package var description: String { text }

    /// What a reply that is not good means.
    package init(_ reply: SlurmCommand.Reply, program: SlurmCommand.Program) {
        switch reply.ending {
        case .notStarted(let words) where words.hasSuffix("is missing or cannot be read"):
            self.init(.noConfiguration, "cannot be asked: \(words)")
        case .notStarted(let words): self.init(.noProgram, "cannot be asked: \(words)")
        case .saidTooMuch:
            self.init(
                .tooLarge, "says more than is taken: \(program.rawValue) was ended after \(reply.output.count) bytes")
        case .signalled(let signal):
            // Whether it had done something by then nobody knows, as with one that is late.
            self.init(.cut, "cannot be asked: \(program.rawValue) was ended by signal \(signal)")
        case .timedOut: self = Self.reading(reply.complaints) ?? Self.late(reply.deadline)
        case .exited(let status):
            let words = Self.lastLine(of: reply.complaints)
            self =
                Self.reading(reply.complaints)
                ?? SlurmFailure(
                    .refused,
                    words.isEmpty
                        ? "refuses: \(program.rawValue) ended with status \(status) and no word" : "refuses: \(words)")
        }
    }

    static func late(_ deadline: Double) -> SlurmFailure {
        let tenths = Int((deadline * 10).rounded())
        return SlurmFailure(
            .hangs, "is silent (\(tenths / 10).\(tenths % 10) s): slurmctld hangs or is busy")
    }

    /// What Slurm's own words mean to an operator; nil: they are none of the known ones.
    static func reading(_ words: String) -> SlurmFailure? {
        let known: [(String, Kind, String)] = [
            (
                "Munge encode failed", .munge,
                "cannot be asked: munged does not run on this host (systemctl start munge)"
            ),
            ("Munge decode failed", .credential, "does not take our credential: munge keys or clocks differ"),
            (
                "Zero Bytes were transmitted or received", .credential,
                "does not take our credential: munge keys or clocks of the two hosts differ"
            ),
            ("Protocol authentication error", .credential, "does not take our credential: munge keys or clocks differ"),
            ("Unable to contact slurm controller", .down, "does not answer: slurmctld is down or cannot be reached"),
            ("Connection refused", .down, "does not answer: slurmctld is down or cannot be reached"),
            // It went in the middle of a question: whether it has done what was asked nobody knows.
            ("Connection reset", .down, brokeOff), ("Broken pipe", .down, brokeOff),
            ("Unexpected message received", .down, brokeOff), ("Message receive failure", .down, brokeOff),
            ("Message send failure", .down, brokeOff), ("Transport endpoint is not connected", .down, brokeOff),
            ("Communication connection failure", .down, "does not answer: slurmctld is down or cannot be reached"),
            ("standby mode", .down, "does not answer: the backup slurmctld waits for the first one"),
            ("Socket timed out", .hangs, "gives no answer: slurmctld hangs or is busy"),
            ("Access/permission denied", .denied, "refuses: this user may not do that (access/permission denied)"),
            ("Invalid user id", .denied, "refuses: this user may not do that (invalid user id)"),
            ("Unable to process configuration file", .noConfiguration, ""),
            ("Incompatible versions", .refused, "speaks another version than the commands of this host"),
        ]
        for (sign, kind, text) in known where words.contains(sign) {
            guard text.isEmpty else { return SlurmFailure(kind, text) }
            let line = words.split(separator: "\n").first { $0.contains("error:") } ?? ""
            return SlurmFailure(kind, "cannot be asked: slurm.conf is broken: \(plain(line))")
        }
        return nil
    }

    private static let brokeOff = "broke off its answer: slurmctld ends or restarts"

    private static func lastLine(of words: String) -> String {
        plain(words.split(separator: "\n").last { !$0.isEmpty } ?? "")
    }

    /// Without the program's name before it.
    private static func plain(_ line: Substring) -> String {
        var line = line
        for program in SlurmCommand.Program.allCases where line.hasPrefix(program.rawValue + ": ") {
            line = line.dropFirst(program.rawValue.count + 2)
        }
        for level in ["error: ", "fatal: "] where line.hasPrefix(level) { line = line.dropFirst(level.count) }
        return String(line.prefix(160))
    }
}
