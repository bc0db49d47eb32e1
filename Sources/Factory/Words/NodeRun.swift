// SPDX-License-Identifier: Apache-2.0

/// Nodes whose names differ only in consecutive numbers at their end.
struct NodeRun {
    let stem: String
    let first: String
    var last: String
    var count = 1

    init(_ name: String) {
        let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }.count
        // More than nine digits is no number that a human counts; the name then stands alone.
        let kept = digits <= 9 ? digits : 0
        stem = String(name.dropLast(kept))
        first = String(name.suffix(kept))
        last = first
    }

    /// The run with one more node; nil when the other does not follow.
    func joined(with next: NodeRun) -> NodeRun? {
        guard stem == next.stem, next.count == 1, last.count <= next.first.count,
            let mine = Int(last), let theirs = Int(next.first), theirs == mine + 1
        else { return nil }
        var run = self
        run.last = next.first
        run.count += 1
        return run
    }

    var text: String { count == 1 ? stem + first : "\(stem)\(first)..\(last)" }
}
