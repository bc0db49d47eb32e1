// SPDX-License-Identifier: Apache-2.0

/// The tasks of a job array that one line stands for: `4-99%4`, `1,3,5-9:2`, `7`.
package struct SlurmArray: Sendable, Hashable {
    /// At least one; at least as many as this where the text was cut short.
    package var count: Int
    /// How many may run at once; nil: all.
    package var throttle: Int?
    /// The text ends in `...`: there are more.
    package var isCut = false

    /// - Returns: nil for what is no list of tasks.
    package init?(parsing text: some StringProtocol) {
        let halves = Substring(text).split(separator: "%", omittingEmptySubsequences: false)
        guard let list = halves.first, halves.count <= 2 else { return nil }
        if halves.count == 2 {
            guard let throttle = Int(halves[1]) else { return nil }
            self.throttle = throttle
        }
        count = 0
        for term in list.split(separator: ",", omittingEmptySubsequences: false) {
            if term.hasSuffix("...") {
                isCut = true
                continue
            }
            guard let tasks = Self.tasks(in: term) else { return nil }
            count += tasks
        }
        guard count > 0 else { return nil }
    }

    private static func tasks(in term: Substring) -> Int? {
        let ranged = term.split(separator: ":", omittingEmptySubsequences: false)
        let ends = ranged[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ranged.count <= 2, ends.count <= 2, let low = Int(ends[0]), let high = Int(ends[ends.count - 1]),
            (0...high).contains(low), high < 1_000_000_000
        else { return nil }
        var step = 1
        if ranged.count == 2 {
            guard let said = Int(ranged[1]), said > 0 else { return nil }
            step = said
        }
        return (high - low) / step + 1
    }
}
