// SPDX-License-Identifier: Apache-2.0

package import Factory
import Screen

/// Do nothing, the cheapest way and this plan, side by side: the idea must beat both.
package struct PlanComparison: Sendable {
    let ways: [PlanWay]
    let width: Int
    /// Whose wait it is about: `for think`.
    private let watched: String

    package init(_ preview: PlanPreview, width: Int) {
        let all = preview.ways
        // Where three columns do not fit, the cheapest way goes first and doing nothing next.
        switch width {
        case 60...: ways = all
        case 44...: ways = all.count == 3 ? [all[0], all[2]] : all
        default: ways = Array(all.suffix(1))
        }
        self.width = width
        watched = preview.watched.map { "for \($0.name)" } ?? ""
        extra = Self.gain(of: preview)
    }

    /// What this plan's end of the misery is worth against the cheaper way's: `buys 4 min`.
    private let extra: String

    package func lines() -> [RankedLine] {
        // This plan is never cut for the others' sake.
        for fewer in [ways, ways.count == 3 ? [ways[0], ways[2]] : ways] {
            let rows = self.rows(of: fewer)
            let (lines, isWhole) = laidOut(rows)
            if isWhole { return ranked(lines, rows) }
        }
        let rows = rows(of: Array(ways.suffix(1)))
        return ranked(laidOut(rows).lines, rows)
    }

    private func ranked(_ lines: [TextLine], _ rows: [Row]) -> [RankedLine] {
        zip(lines, rows).map { RankedLine($0, rank: $1.rank) }
    }

    private func rows(of ways: [PlanWay]) -> [Row] {
        guard let this = ways.last else { return [] }
        let rows: [Row] = [
            (watched, ways.map { ($0.title, $0 == this ? .title : .dim) }, 1),
            ("ready", ways.map { (ready($0), .text) }, 1),
            (width >= 30 ? "wait at +10 min" : "in 10 m", ways.map(waiting), 2),
            (width >= 30 ? "over limit until" : "over", overLimit(ways), 1),
            (needs(this), ways.map(serves), 1),
            ("costs", ways.map(cost), 0),
        ]
        // What nobody knows of any way compares nothing.
        return rows.filter { !$0.cells.allSatisfy { $0.0 == "-" } }
    }

    /// One row of the comparison, before its columns have a width.
    private typealias Row = (name: String, cells: [(String, Role)], rank: Int)

    /// Each column as wide as its longest cell and up to `air` apart; where that is too much the last one is cut.
    private func laidOut(_ rows: [Row]) -> (lines: [TextLine], isWhole: Bool) {
        let columns = rows.first?.cells.indices ?? 0..<0
        let widths = columns.map { column in rows.map { SafeText($0.cells[column].0).width }.max() ?? 0 }
        let label = max(rows.map { SafeText($0.name).width }.max() ?? 0, width >= 30 ? 17 : 0) + 1
        let spare = width - label - widths.reduce(0, +)
        let air = max(1, min(8, spare / max(1, widths.count)))
        let isWhole = spare >= columns.count - 1
        let lines = rows.map { row in
            var line = TextLine(SafeText(row.name).clipped(to: label).string, .dim)
            var column = label
            for (index, cell) in row.cells.enumerated() {
                line.tab(to: column)
                line.add(SafeText(cell.0).clipped(to: max(0, width - line.width)).string, cell.1)
                column += widths[index] + air
            }
            return line
        }
        return (lines, isWhole)
    }

    private func ready(_ way: PlanWay) -> String {
        guard let ready = way.ready else { return "-" }
        let late = way.readyP95.map { " (p95 +\(Words.span($0)))" } ?? ""
        return "+\(Words.span(ready))\(late)"
    }

    private func waiting(_ way: PlanWay) -> (String, Role) {
        guard let wait = way.waitAt10.known else { return ("-", .text) }
        let age = staleness(way.waitAt10)
        if way.turnedAway > .zero {
            return ("\(Words.wait(wait)), sheds \(Words.short(way.turnedAway.value))/s!\(age)", .alarm)
        }
        return way.growing
            ? ("\(Words.wait(wait)), growing!\(age)", .alarm) : (Words.wait(wait) + age, age.isEmpty ? .text : .stale)
    }

    private func overLimit(_ ways: [PlanWay]) -> [(String, Role)] {
        ways.indices.map { index in
            let (text, role) = Self.over(ways[index].overLimit)
            let isThis = index == ways.count - 1 && ways.count > 1
            return isThis && !extra.isEmpty ? ("\(text)  <- \(extra)", role) : (text, role)
        }
    }

    private static func over(_ limit: OverLimit) -> (String, Role) {
        switch limit {
        case .never: ("not over", .text)
        case .until(let span): ("+\(Words.span(span))", .text)
        case .forEver: ("for ever!", .alarm)
        case .unknown: ("-", .text)
        }
    }

    private func needs(_ this: PlanWay) -> String {
        guard let needs = this.needs.known else { return "serves" }
        return width >= 30 ? "serves (p95 \(Words.short(needs.value)))" : "serves"
    }

    private func serves(_ way: PlanWay) -> (String, Role) {
        guard let serves = way.serves.known else { return ("-", .text) }
        let text = Words.rate(serves) + staleness(way.serves)
        switch way.suffices {
        case true: return ("\(text) yes", .text)
        case false: return ("\(text) NO", .alarm)
        case nil: return (text, .text)
        }
    }

    private func cost(_ way: PlanWay) -> (String, Role) {
        let isHurt = way.overLimit == .forEver || way.growing || way.turnedAway > .zero
        if way.units == 0 { return (isHurt ? "0, but SLO!" : "0", isHurt ? .alarm : .text) }
        var text = Words.work(way.lost)
        if way.lostIfCheckpointFails > .zero {
            text += " (+\(Words.short(way.lostIfCheckpointFails.value)) if no ckpt)"
        }
        return (text, way.lost > .zero ? .warning : .text)
    }

    private func staleness<M>(_ reading: Reading<M>) -> String {
        if case .stale(_, let age) = reading { " ?\(Words.age(age))" } else { "" }
    }

    /// Compares the ends of the time over the limit; empty where there is nothing to compare.
    private static func gain(of preview: PlanPreview) -> String {
        let ways = preview.ways
        guard ways.count == 3 else { return "" }
        let base = preview.cheaperWay ?? ways[0]
        switch (base.overLimit, ways[2].overLimit) {
        case (.never, .never): return ""
        case (.forEver, .until), (.forEver, .never): return "buys an end"
        case (.forEver, .forEver): return "still no end!"
        case (.until(let other), .until(let mine)): return bought(other - mine)
        case (.until(let other), .never): return bought(other)
        case (.never, .until(let mine)): return bought(Seconds(-mine.value))
        case (.never, .forEver), (.until, .forEver): return "makes it endless!"
        case (.unknown, _), (_, .unknown): return ""
        }
    }

    private static func bought(_ gain: Seconds) -> String {
        let minutes = Int(max(-1e9, min(1e9, (gain.value / 60).rounded())))
        if minutes < 0 { return "COSTS \(-minutes) min!" }
        return minutes == 0 && gain.value >= 5 ? "buys \(Int(gain.value)) s" : "buys \(minutes) min"
    }
}
