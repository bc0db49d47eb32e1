// SPDX-License-Identifier: Apache-2.0

package import Factory

/// How numbers read on every screen. `-` is the only way an unknown reads; it is never a zero.
package enum Text {
    /// A number without its fraction when it has none, else with `digits` decimals: `30`, `0.25`.
    package static func number(_ value: Double, digits: Int = 2) -> String {
        guard value.isFinite else { return "-" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : fixed(value, digits: digits)
    }

    /// A number with exactly `digits` decimals: `6.8`.
    package static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((abs(value) * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + String(scaled) }
        let fraction = String(scaled % Int(scale))
        return "\(sign)\(scaled / Int(scale)).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }

    /// Three significant digits and a scale: `893 k`, `1.45 M`, `639`.
    package static func scaled(_ value: Double, space: String = " ") -> String {
        guard value.isFinite else { return "-" }
        let steps: [(Double, String)] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
        for (unit, letter) in steps where abs(value) >= unit * 0.9995 {
            return significant(value / unit) + space + letter
        }
        return significant(value)
    }

    private static func significant(_ value: Double) -> String {
        let size = abs(value)
        if size >= 99.95 || size == size.rounded() { return fixed(value, digits: 0) }
        return fixed(value, digits: size >= 9.995 ? 1 : 2)
    }

    /// A span in the two units that matter: `0.31 s`, `17 s`, `6 m`, `5h12m`, `3d4h`.
    package static func span(_ seconds: Seconds) -> String {
        let value = seconds.value
        guard value.isFinite else { return "-" }
        if value < 0 { return "-" + span(Seconds(-value)) }
        if value == 0 { return "0 s" }
        if value < 0.995 { return fixed(value, digits: 2) + " s" }
        if value < 9.95 { return fixed(value, digits: 1) + " s" }
        let whole = Int(value.rounded())
        if whole < 100 { return "\(whole) s" }
        let minutes = (whole + 30) / 60
        if minutes < 100 { return "\(minutes) m" }
        if minutes < 2880 { return "\(minutes / 60)h\(two(minutes % 60))m" }
        return "\(minutes / 1440)d\(minutes % 1440 / 60)h"
    }

    /// A countdown or a duration by the clock: `3:32`, `1:05:00`.
    package static func countdown(_ seconds: Seconds) -> String {
        guard seconds.value.isFinite else { return "-" }
        let whole = max(0, Int(seconds.value.rounded()))
        if whole >= 3600 { return "\(whole / 3600):\(two(whole / 60 % 60)):\(two(whole % 60))" }
        return "\(whole / 60):\(two(whole % 60))"
    }

    /// `78.7%`, `94%`.
    package static func percent(_ share: Share, digits: Int = 0) -> String {
        fixed(share.value * 100, digits: digits) + "%"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
