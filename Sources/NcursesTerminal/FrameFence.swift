// SPDX-License-Identifier: Apache-2.0

/// Keeps one frame on its way: after each the terminal is asked how it is, and the next one waits for the answer.
///
/// Between this program and the eye lie the queues of a pty, of sshd and of a slow link, and none of them says how full it
/// is. An answer has come through all of them. So a frame is made of the newest state when the one before has been seen, and a
/// key never waits behind frames that nobody needs any more. Times are monotonic seconds.
struct FrameFence {
    /// "Device status report": every terminal answers `ESC [ 0 n`, after all that came before it.
    static let query = Array("\u{1B}[5n".utf8)

    /// An answer that takes longer is lost.
    static let patience = 2.0
    /// The same before the terminal has ever answered: there are some that never do.
    static let firstPatience = 0.3
    /// So many lost ones in a row and it is asked no more, until a late answer comes.
    static let limit = 3

    private var askedAt: Double?
    /// When it was asked what was given up before it had ever answered: perhaps it is only slow, and these come first.
    private var givenUp: [Double] = []
    private var hasAnswered = false
    private var misses = 0
    /// How long the terminal takes to show a frame, smoothed; nil: it has not said. Unit: s.
    private(set) var delay: Double?

    /// Whether frames are followed by a query.
    var isOn: Bool { misses < Self.limit }

    /// Whether an answer is still to come.
    var isWaiting: Bool { askedAt != nil }

    /// A frame and the query behind it were sent.
    mutating func asked(at now: Double) { askedAt = now }

    /// An answer has come.
    ///
    /// - Returns: whether one had been given up since the last answer: nobody knows what became of the picture.
    mutating func answered(at now: Double) -> Bool {
        let wasLost = misses > 0 && hasAnswered
        (hasAnswered, misses) = (true, 0)
        let asked: Double?
        if givenUp.isEmpty {
            (asked, askedAt) = (askedAt, nil)
        } else {
            asked = givenUp.removeFirst()
        }
        if let asked { delay = delay.map { 0.75 * $0 + 0.25 * (now - asked) } ?? now - asked }
        return wasLost
    }

    /// Whether the next frame may go; an answer that is overdue is given up.
    mutating func opens(at now: Double) -> Bool {
        guard let due else { return true }
        guard now >= due else { return false }
        // What took longer than the patience with a terminal that answers has been lost on the way.
        givenUp = hasAnswered ? [] : givenUp + [askedAt ?? now]
        askedAt = nil
        misses += 1
        return true
    }

    /// Seconds until it opens by itself; nil: it is open.
    func wait(at now: Double) -> Double? { due.map { max(0, $0 - now) } }

    /// The terminal is somebody else's now: what it was asked is of no meaning any more.
    mutating func forget() { (askedAt, givenUp) = (nil, []) }

    private var due: Double? { askedAt.map { $0 + (hasAnswered ? Self.patience : Self.firstPatience) } }
}
