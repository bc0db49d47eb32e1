// SPDX-License-Identifier: Apache-2.0

/// How long somebody who answers slowly is left alone: in proportion to what an answer took, begun gently, and bounded.
///
/// A busy controller must not be made busier, and yet a fault that comes next has to be met soon: one slow answer costs one
/// interval more, and only a controller that stays slow gets the whole pause. The first quick answer ends it.
struct SlurmPause: Sendable {
    /// The pause in times of what an answer took.
    let restraint: Double
    /// Unit: s.
    let interval: Double
    /// Longest pause, however slow somebody is. Unit: s.
    static let longest = 30.0
    /// What an answer may take without being called slow. Unit: s.
    private static let quick = 0.1

    /// After the last answer. Unit: s.
    private(set) var length = 0.0
    /// Answers in a row after which more than the interval was due.
    private var slow = 0

    init(restraint: Double, interval: Double) {
        (self.restraint, self.interval) = (restraint, interval)
    }

    /// - Parameter took: what the slowest answer took. Unit: s.
    mutating func answered(in took: Double) {
        let due = min(Self.longest, restraint * max(0, took - Self.quick))
        guard due > interval else {
            (length, slow) = (due, 0)
            return
        }
        slow = min(slow + 1, 16)
        length = min(due, interval * Double(1 << slow))
    }
}
