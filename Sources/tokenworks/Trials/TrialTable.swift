// SPDX-License-Identifier: Apache-2.0

import Factory

/// The results of trials side by side, for people.
struct TrialTable {
    private let results: [TrialResult]
    private let wall: Double

    /// - Parameter wall: seconds that all of it took.
    init(_ results: [TrialResult], wall: Double) {
        self.results = results
        self.wall = wall
    }

    var lines: [String] {
        guard let first = results.first else { return [] }
        var lines = [
            "\(Words.number(first.days)) days of \(first.nodes) x \(first.hardware), \(first.traffic)"
                + (first.drill.map { ", drill \($0)" } ?? "")
                + ", seed \(first.seed), demand x\(Words.fixed(first.demandScale, 3))"
        ]
        if first.wraps > 0, let days = first.traceDays {
            lines.append(
                "the trace lasts \(Words.fixed(days, 2)) days and began again after that, \(Words.count(first.wraps, "time"))"
            )
        }
        lines.append(row("policy", results.map(\.policy)))
        lines.append(row("requests within level", results.map { percent($0.attainment, 3) }))
        for row in first.classes.indices {
            let name = first.classes[row].name
            lines.append(
                self.row(
                    "  \(name)",
                    results.map { result in
                        "\(percent(result.classes[row].attainment, 3)) on \(Words.fixed(result.classes[row].nodes, 1))"
                    }))
        }
        lines += [
            row("token goodput", results.map { "\(Words.compact($0.tokenGoodput)) tok/s" }),
            row("training goodput", results.map { percent($0.trainingGoodput, 2) }),
            row("moves a day", results.map { Words.fixed($0.movesPerDay, 1) }),
            row("  nodes moved a day", results.map { Words.fixed($0.nodesMovedPerDay, 1) }),
            row("  lead time", results.map { $0.leadSeconds.map { Words.span(Seconds($0)) } ?? "-" }),
            row("violation min a day", results.map { Words.fixed($0.violationMinutesPerDay, 1) }),
            row("GPU-h lost", results.map { Words.fixed($0.lostGPUHours, 0) }),
            row("$ a million tokens", results.map { $0.dollarsPerMtok.map { Words.fixed($0, 3) } ?? "-" }),
            row("tok/J served", results.map { $0.tokensPerJoule.map { Words.fixed($0, 2) } ?? "-" }),
        ]
        if results.count == 2 {
            let points = (results[0].trainingGoodput - results[1].trainingGoodput) * 100
            lines.append(
                "\(results[0].policy) gives training \(Words.fixed(points, 2)) points of the plant more than \(results[1].policy)"
            )
        }
        lines.append("took \(Words.fixed(wall, 1)) s")
        return lines
    }

    private func percent(_ share: Double?, _ digits: Int) -> String {
        share.map { "\(Words.fixed($0 * 100, digits)) %" } ?? "-"
    }

    private func row(_ name: String, _ values: [String]) -> String {
        let head = name + String(repeating: " ", count: max(1, 24 - name.count))
        let cells = values.map { $0 + String(repeating: " ", count: max(1, 22 - $0.count)) }
        return (head + cells.joined()).trimmingTail
    }
}

extension String {
    /// Without the blanks at its end.
    fileprivate var trimmingTail: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
