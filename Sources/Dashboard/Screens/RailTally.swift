// SPDX-License-Identifier: Apache-2.0

package import Factory
import Screen

/// What the guard rails said, counted and in words.
package struct RailTally: Sendable {
    let verdicts: [RailVerdict]

    package init(_ verdicts: [RailVerdict]) { self.verdicts = verdicts }

    /// Those that ask for eyes, the worst first.
    package var raised: [RailVerdict] {
        let failed = verdicts.filter { $0.verdict == .fail }
        let first = verdicts.decisive.map { [$0] } ?? []
        return first + failed.filter { $0 != first.first } + verdicts.filter { $0.verdict == .warn }
    }

    /// `18 ok  2 WARN  0 FAIL  1 not judged`.
    package func line() -> TextLine {
        let count = { (verdict: RailVerdict.Verdict) in verdicts.count { $0.verdict == verdict } }
        var line = TextLine("\(count(.ok)) ok")
        line.add("  \(count(.warn)) WARN", count(.warn) > 0 ? .warning : .text)
        line.add("  \(count(.fail)) FAIL", count(.fail) > 0 ? .alarm : .text)
        if count(.unjudged) > 0 { line.add("  \(count(.unjudged)) not judged", .dim) }
        return line
    }

    /// One verdict as `FAIL 1 floor: chat would keep 7, floor 8`.
    package static func lines(of verdict: RailVerdict, indent: Int, width: Int) -> [TextLine] {
        let (word, role): (String, Role) =
            switch verdict.verdict {
            case .fail: ("FAIL", .alarm)
            case .warn: ("WARN", .warning)
            case .unjudged: ("-", .dim)
            case .ok: ("ok", .dim)
            }
        let head = String(repeating: " ", count: indent) + SafeText(word).padded(to: 5).string
        return TextLine.wrapped(
            "\(verdict.rail) \(verdict.name): \(verdict.text)", head: head, width: width, headRole: role,
            role: verdict.verdict > .unjudged ? role : .text)
    }

    /// Every verdict, the worst first.
    package func page(width: Int) -> [TextLine] {
        let rest = verdicts.filter { $0.verdict == .unjudged } + verdicts.filter { $0.verdict == .ok }
        return (raised + rest).flatMap { Self.lines(of: $0, indent: 0, width: width) }
    }
}
