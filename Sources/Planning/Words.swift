// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Numbers as the sentences of plans, verdicts and records write them.
package enum Words {
    /// `45 s`, `2:10`, `1:05:00`.
    package static func span(_ span: Seconds) -> String {
        guard span.value.isFinite else { return "for ever" }
        let whole = Int(min(max(0, span.value), 1e9).rounded())
        if whole < 60 { return "\(whole) s" }
        let seconds = two(whole % 60)
        return whole < 3600 ? "\(whole / 60):\(seconds)" : "\(whole / 3600):\(two(whole / 60 % 60)):\(seconds)"
    }

    /// `12 s`, `5 min`, `3 h`: for ages, where seconds do not matter.
    package static func age(_ age: Seconds) -> String {
        let whole = Int(min(max(0, age.value), 1e9).rounded())
        return whole < 60 ? "\(whole) s" : whole < 7200 ? "\(whole / 60) min" : "\(whole / 3600) h"
    }

    /// Three digits that matter: `0.31`, `15`, `2.5`, `1234`.
    package static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "-" }
        let size = abs(value)
        if size >= 10 || value.rounded() == value { return String(Int(value.rounded())) }
        let digits = size >= 1 ? 10.0 : 100.0
        let scaled = (value * digits).rounded() / digits
        return scaled.rounded() == scaled ? String(Int(scaled)) : String(scaled)
    }

    /// `1 node`, `3 nodes`.
    package static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// `28 GPU-h`; `0 GPU-h` where nothing is lost.
    package static func hours(_ hours: GPUHours) -> String { "\(number(hours.value)) GPU-h" }

    /// The first few names and how many more: `su01-n01, su01-n02, 3 more`.
    package static func names(_ names: [String], most: Int = 3) -> String {
        guard names.count > most + 1 else { return names.joined(separator: ", ") }
        return names.prefix(most).joined(separator: ", ") + ", \(names.count - most) more"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
