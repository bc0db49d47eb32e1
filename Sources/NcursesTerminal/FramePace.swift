// SPDX-License-Identifier: Apache-2.0

/// When the next frame is due. Times are monotonic seconds.
struct FramePace {
    /// News from the plant is shown at most 4 times a second,
    static let newsInterval = 0.25
    /// and on a slow link so much less often that two thirds of its time stay for the echo of keys; but once a second.
    static let slowestNews = 1.0
    /// Each size of a resize storm needs a full repaint: at most 20 a second.
    static let resizeInterval = 0.05

    private var last = -Double.infinity
    /// When news was last shown, with a key's echo or without.
    private var lastNews = -Double.infinity
    private var hasNews = false
    private var due: Double?
    private var newsInterval = Self.newsInterval

    /// A key's echo waits for nothing.
    mutating func inputCame(at now: Double) { want(at: now) }

    /// Only the frame of earlier news delays it: the first answer of a plant does not wait for the empty panels' sake.
    mutating func newsCame(at now: Double) {
        hasNews = true
        want(at: max(now, lastNews + newsInterval))
    }

    /// - Parameter delay: how long the terminal takes to show a frame. Unit: s.
    mutating func adapt(to delay: Double) {
        newsInterval = min(Self.slowestNews, max(Self.newsInterval, 3 * delay))
    }

    mutating func sizeChanged(at now: Double) { want(at: max(now, last + Self.resizeInterval)) }

    /// A frame was asked for; whether anything was drawn does not matter.
    mutating func asked(at now: Double) {
        last = now
        if hasNews { lastNews = now }
        hasNews = false
        due = nil
    }

    func isDue(at now: Double) -> Bool { due.map { $0 <= now } ?? false }

    /// Seconds until the next frame; nil when none is wanted.
    func wait(at now: Double) -> Double? { due.map { max(0, $0 - now) } }

    private mutating func want(at time: Double) { due = min(due ?? .infinity, time) }
}
