// SPDX-License-Identifier: Apache-2.0

import Factory

/// A plan as lines of text: what the plan screen shows, for a command.
struct PlanText {
    let lines: [String]

    init(_ plan: PlanPreview) {
        let nodes = plan.takes.reduce(0) { $0 + $1.nodes.count }
        var lines = ["PLAN \(plan.decision)  \(Words.count(nodes, "node")) -> \(plan.to)"]
        lines += plan.why.map { "WHY    \($0)" }
        lines += plan.ways.map { "WAY    \(Self.way($0))" }
        lines += plan.takes.map { taken in
            let owner = taken.job == nil ? "" : " of job \(taken.job?.name ?? "") \(taken.jobName) (\(taken.owner))"
            let selected = plan.selected(of: taken).map(\.name).joined(separator: " ")
            return
                "TAKES  \(taken.nodes.count) from \(taken.from)\(owner): \(taken.nodes.map(\.name).joined(separator: " "))"
                + (selected.isEmpty ? "" : " (\(selected) as selected)")
        }
        lines += (plan.staying ?? []).map { "STAYS  \($0)" }
        lines += (plan.warnings ?? []).map { "WARNS  \($0)" }
        lines += plan.notes.map { "       \($0)" }
        lines += plan.paths.map { path in
            let name = plan.name(of: path)
            return "STEPS  \(name.isEmpty ? "" : "\(name): ")" + path.steps.map(Self.step).joined(separator: " > ")
        }
        lines += plan.wayBack.map { "BACK   \($0)" }
        lines += plan.verdicts.filter { $0.verdict != .ok }.map {
            "RAIL   \($0.verdict.rawValue.uppercased()) \($0.rail) \($0.name): \($0.text)"
        }
        lines.append("TRUST  \(plan.trust)")
        lines.append("NEEDS  \(Self.wanted(by: plan.tier))")
        self.lines = lines
    }

    /// What confirms a plan, in a sentence.
    static func wanted(by tier: ConfirmationTier) -> String {
        switch tier {
        case .yes: "confirm with --yes"
        case .typeName(let name): "work is lost or more than 5 % of the plant moves: confirm with --confirm '\(name)'"
        case .reason:
            "it moves more than the limit of one person (rails.reason_share): confirm with --reason 'why'; it is flagged in the audit"
        case .refused(let why): "cannot be confirmed: \(why)"
        }
    }

    private static func way(_ way: PlanWay) -> String {
        let ready = way.ready.map { "ready +\(Words.duration($0))" } ?? "nothing to wait for"
        let p95 = way.readyP95.map { " (p95 +\(Words.duration($0)))" } ?? ""
        let wait =
            way.waitAt10.known.map { "wait at +10 min \(Words.duration($0))\(trouble(way))" }
            ?? "wait at +10 min -"
        let serves: String =
            switch (way.serves.known, way.needs.known) {
            case (let serves?, let needs?):
                "serves \(Words.short(serves.value))/s, needs \(Words.short(needs.value))/s\(serves >= needs ? "" : ": NO")"
            case (let serves?, nil): "serves \(Words.short(serves.value))/s"
            default: "serves -"
            }
        return "\(way.title): \(ready)\(p95); \(wait); \(serves); costs \(Words.work(way.lost))"
            + (way.lostIfCheckpointFails.value > 0
                ? " (+\(Words.short(way.lostIfCheckpointFails.value)) if the checkpoint fails)" : "")
    }

    private static func trouble(_ way: PlanWay) -> String {
        if way.turnedAway > .zero { return ", sheds \(Words.short(way.turnedAway.value))/s" }
        return way.growing ? ", growing" : ""
    }

    private static func step(_ planned: PlannedStep) -> String {
        (planned.step.mark.map { "|\($0.rawValue)| " } ?? "") + planned.step.rawValue
            + (planned.typical.map { " \(Words.duration($0))" } ?? "")
    }
}

/// A move as one line of text.
enum MovesText {
    static func line(_ move: MoveStatus) -> String {
        var line = "\(move.decision) \(move.startedAt.iso8601) \(move.by): "
        line +=
            "\(move.donors.map(\.description).joined(separator: "+")) -> \(move.to), \(move.done) of \(Words.count(move.units.count, "node")), \(move.phase.rawValue)"
        if let ready = move.outcome?.ready {
            line += ", ready after \(Words.duration(ready))"
            if let promised = move.forecast.ready { line += " (promised \(Words.duration(promised)))" }
        }
        line += ", lost \(Words.work(move.lost))"
        if let promised = move.forecast.lost { line += " (promised \(Words.work(promised)))" }
        if let back = move.reverses { line += ", takes back \(back)" }
        return line
    }
}
