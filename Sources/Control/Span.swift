// SPDX-License-Identifier: Apache-2.0

import Factory

/// How the desk's sentences print a span of time.
enum Span {
    /// `0:07`, `2:14`, `1:02:14`; `-` for an unknown one.
    static func text(_ span: Seconds?) -> String {
        guard let value = span?.value, value.isFinite, abs(value) < 1e12 else { return "-" }
        let whole = Int(abs(value).rounded())
        let sign = value < 0 && whole > 0 ? "-" : ""
        let hours = whole / 3600
        let minutes = whole / 60 % 60
        let head = hours > 0 ? "\(hours):\(two(minutes))" : "\(minutes)"
        return sign + head + ":" + two(whole % 60)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
