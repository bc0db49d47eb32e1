// SPDX-License-Identifier: Apache-2.0

package import Factory
package import SlurmText

/// The reason of a drain of ours: whose it is, for which decision, and where the node was going.
///
/// `tokenworks:d-12 train->serve k3f9`. It is all that a start after a crash needs to know of a node, and it stands in
/// Slurm itself, where every administrator reads it. Two tokenworks that do not know of each other count their decisions
/// alike: the word at the end tells them apart.
package struct SlurmMark: Sendable, Hashable, CustomStringConvertible {
    package var decision: DecisionID
    /// The partition that gives the node, and the one that gets it.
    package var from: String
    package var to: String
    /// Which state directory it is of.
    package var writer: String

    package init(_ decision: DecisionID, from: String, to: String, writer: String) {
        self.decision = decision
        self.from = from
        self.to = to
        self.writer = writer
    }

    /// - Parameter reason: as Slurm has it, without its own tail of who and when.
    /// - Returns: nil for the reason of anybody else.
    package init?(parsing reason: some StringProtocol) {
        let words = String(reason).split(separator: " ").map(String.init)
        guard words.count == 3, let sign = words[1].firstRange(of: "->"),
            let decision = Self.decision(in: words[0])
        else { return nil }
        let (from, to) = (String(words[1][..<sign.lowerBound]), String(words[1][sign.upperBound...]))
        guard !from.isEmpty, !to.isEmpty else { return nil }
        self.init(decision, from: from, to: to, writer: words[2])
    }

    /// The marks among the reasons of `sinfo -R -o '%N|%E'`, by node.
    static func marks(in text: String) throws(HostlistError) -> [String: SlurmMark] {
        var marks: [String: SlurmMark] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "|", maxSplits: 1)
            guard parts.count == 2, let mark = SlurmMark(parsing: parts[1]) else { continue }
            for node in try Hostlist(parsing: String(parts[0])).names { marks[node] = mark }
        }
        return marks
    }

    package var description: String { "tokenworks:\(decision) \(from)->\(to) \(writer)" }

    private static func decision(in word: String) -> DecisionID? {
        let prefix = "tokenworks:"
        guard word.hasPrefix(prefix) else { return nil }
        return DecisionID(parsing: String(word.dropFirst(prefix.count)))
    }
}

extension SlurmNode {
    /// The mark of its drain, where a tokenworks has drained it. A reason alone is none: a node that is down has one too, and
    /// no move holds a node that is not drained.
    package var mark: SlurmMark? {
        guard state.flags.contains(.drain) else { return nil }
        return reason.flatMap { SlurmMark(parsing: $0) }
    }
}
