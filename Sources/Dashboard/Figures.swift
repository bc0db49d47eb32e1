// SPDX-License-Identifier: Apache-2.0

package import Factory
import Screen

/// Numbers of the main screen that `Words` does not write: `-` is how an unknown reads, never a zero.
package enum Figures {
    /// `17.1 s`, `0.31 s`, `120 s`: a time to first token, to the digit that matters.
    package static func latency(_ span: Seconds) -> String {
        guard span.value.isFinite else { return "-" }
        let size = abs(span.value)
        if size < 0.995 { return Words.fixed(span.value, 2) + " s" }
        if size < 99.95 { return Words.fixed(span.value, 1) + " s" }
        return size < 5940 ? Words.fixed(span.value, 0) + " s" : Words.wait(span)
    }

    /// `49 ms`: a time per token.
    package static func milliseconds(_ span: Seconds) -> String { Words.fixed(span.value * 1000, 0) + " ms" }

    /// `30`, `0.128`: a factor, without zeros that say nothing.
    package static func factor(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        if abs(value) >= 10 || value == value.rounded() { return Words.fixed(value, 0) }
        var text = Words.fixed(value, abs(value) < 1 ? 3 : 2)
        while text.hasSuffix("0") { text.removeLast() }
        return text
    }

    /// `+3.1k/min`, `flat`: how a queue of so many grows; small beside the queue is flat.
    package static func growth(_ perMinute: Double, of waiting: Double) -> String {
        guard perMinute.isFinite else { return "-" }
        if abs(perMinute) < max(30, waiting * 0.05) { return "flat" }
        let size = abs(perMinute)
        let text =
            size < 999.5
            ? Words.fixed(size, 0)
            : size < 99_950 ? Words.fixed(size / 1000, 1) + "k" : Words.fixed(size / 1000, 0) + "k"
        return (perMinute < 0 ? "-" : "+") + text + "/min"
    }

    /// `shed 98/s!` where a class turns requests away: its queue is full, and its growth says nothing any more.
    package static func turnedAway(_ pool: PoolState) -> String? {
        guard let away = pool.turnedAway.known, away.value >= 0.5 else { return nil }
        return "shed \(Words.compact(away.value))/s!"
    }

    /// `fails 12%!` where a class answers requests with errors.
    package static func failing(_ pool: PoolState) -> String? {
        guard pool.isFailing, let share = pool.failedShare.known else { return nil }
        return "fails \(Words.fixed(share.value * 100, 0))%!"
    }
}

extension Reading {
    /// The value as text; `-` when nobody has said it. A stale one keeps its value and takes the role of the stale.
    func run(_ format: (Value) -> String) -> TextRun {
        switch self {
        case .fresh(let value): TextRun(format(value), .text)
        case .stale(let value, _): TextRun(format(value), .stale)
        case .missing: TextRun("-", .dim)
        }
    }

    /// How old it is when it is stale.
    var staleAge: Seconds? {
        if case .stale(_, let age) = self { age } else { nil }
    }
}
