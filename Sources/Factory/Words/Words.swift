// SPDX-License-Identifier: Apache-2.0

/// How screens, sentences and records write numbers, spans of time and lists of nodes; `-` is what nobody knows.
package enum Words {
    /// `2:10`, `1:02:03`: a span as a clock shows it. Rounded to seconds.
    package static func span(_ span: Seconds) -> String {
        guard span.value.isFinite else { return "-" }
        let seconds = Int(min(abs(span.value), 1e9).rounded())
        let sign = span.value < -0.5 ? "-" : ""
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        let tail = two(seconds % 60)
        return hours > 0 ? "\(sign)\(hours):\(two(minutes)):\(tail)" : "\(sign)\(minutes):\(tail)"
    }

    package static func span(_ span: Seconds?) -> String { span.map { Words.span($0) } ?? "-" }

    /// `45 s`, `2:10`, `1:05:00`: a span in a sentence, where a bare `0:45` would be taken for a time of day.
    package static func duration(_ span: Seconds) -> String {
        guard span.value.isFinite else { return "for ever" }
        let whole = Int(min(max(0, span.value), 1e9).rounded())
        return whole < 60 ? "\(whole) s" : Words.span(Seconds(Double(whole)))
    }

    /// `12 s`, `5 min`, `3 h`: an age in a sentence, where seconds do not matter.
    package static func ago(_ age: Seconds) -> String {
        let whole = Int(min(max(0, age.value), 1e9).rounded())
        return whole < 60 ? "\(whole) s" : whole < 7200 ? "\(whole / 60) min" : "\(whole / 3600) h"
    }

    /// `3s`, `4m`, `2h10m`, `5d`: an age, in as few columns as it takes.
    package static func age(_ age: Seconds) -> String {
        guard age.value.isFinite else { return "-" }
        let seconds = Int(min(max(0, age.value), 1e9))
        switch seconds {
        case ..<120: return "\(seconds)s"
        case ..<7200: return "\(seconds / 60)m"
        case ..<172_800: return "\(seconds / 3600)h\(two(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d"
        }
    }

    /// `0 s`, `2.5 s`, `63 s`, `6 min`: a wait.
    package static func wait(_ wait: Seconds) -> String {
        guard wait.value.isFinite else { return "-" }
        switch wait.value {
        case ..<0.05: return "0 s"
        case ..<9.95: return "\(fixed(wait.value, 1)) s"
        case ..<600: return "\(fixed(wait.value, 0)) s"
        case ..<36_000: return "\(fixed(wait.value / 60, 0)) min"
        default: return "\(fixed(wait.value / 3600, 0)) h"
        }
    }

    /// `0 GPU-h`, `2.5 GPU-h`, `28 GPU-h`.
    package static func work(_ work: GPUHours) -> String { "\(short(work.value)) GPU-h" }

    /// `0`, `2.5`, `28`: one decimal below ten, none above.
    package static func short(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        return abs(value) < 9.95 && fixed(value, 1).hasSuffix(".0") == false ? fixed(value, 1) : fixed(value, 0)
    }

    /// Three digits that matter: `0.31`, `15`, `2.5`, `1234`.
    package static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        if abs(value) >= 10 || value.rounded() == value { return fixed(value, 0) }
        var text = fixed(value, abs(value) >= 1 ? 1 : 2)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    /// `639/s`.
    package static func rate(_ rate: RequestsPerSecond) -> String { "\(short(rate.value))/s" }

    /// `893`, `9.7 k`, `1.45 M`: three digits that matter.
    package static func compact(_ value: Double) -> String {
        guard value.isFinite else { return "-" }
        for (limit, divisor, unit) in [(999.5, 1.0, ""), (999_500.0, 1e3, " k"), (999_500_000.0, 1e6, " M")]
        where abs(value) < limit {
            let scaled = value / divisor
            let digits = divisor == 1 || abs(scaled) >= 99.95 ? 0 : abs(scaled) >= 9.995 ? 1 : 2
            return fixed(scaled, digits) + unit
        }
        return fixed(value / 1e9, 2) + " G"
    }

    /// `87 %`.
    package static func percent(_ share: Double) -> String { "\(fixed(share * 100, 0)) %" }

    /// A number with a fixed count of decimals, rounded half away from zero; `-` for what is no number.
    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        var scale = 1
        for _ in 0..<decimals { scale *= 10 }
        let whole = Int((abs(value) * Double(scale)).rounded())
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(whole) }
        let fraction = String(whole % scale)
        return "\(sign)\(whole / scale).\(String(repeating: "0", count: decimals - fraction.count))\(fraction)"
    }

    /// `1 node`, `16 nodes`.
    package static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// The first few names and how many more: `su01-n01, su01-n02, 3 more`.
    package static func names(_ names: [String], most: Int = 3) -> String {
        guard names.count > most + 1 else { return names.joined(separator: ", ") }
        return names.prefix(most).joined(separator: ", ") + ", \(names.count - most) more"
    }

    /// `su07-n21..28, su09-n03`: runs of consecutive numbers written as ranges, at most `limit` of them.
    package static func ranges(_ nodes: [NodeID], limit: Int = .max) -> String {
        var runs: [NodeRun] = []
        for node in nodes {
            let next = NodeRun(node.name)
            if let last = runs.last, let joined = last.joined(with: next) {
                runs[runs.count - 1] = joined
            } else {
                runs.append(next)
            }
        }
        let shown = runs.prefix(limit).map(\.text).joined(separator: ", ")
        return runs.count > limit ? "\(shown) and \(runs.dropFirst(limit).reduce(0) { $0 + $1.count }) more" : shown
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
