// SPDX-License-Identifier: Apache-2.0

package import Factory
import Screen

/// The plan in lines, section by section, for one width.
package struct PlanSections: Sendable {
    let preview: PlanPreview
    let snapshot: FactorySnapshot
    let width: Int

    package init(_ preview: PlanPreview, on snapshot: FactorySnapshot, width: Int) {
        self.preview = preview
        self.snapshot = snapshot
        self.width = width
    }

    /// Everything, in the order of the screen.
    package func lines() -> [RankedLine] {
        guard width >= 44 else { return brief() }
        var lines = why() + staying() + warnings() + [.air] + PlanComparison(preview, width: width).lines() + [.air]
        lines += takes() + waves() + notes() + [.air] + effects()
        lines += steps() + wayBack() + [.air] + rails()
        return lines + ranCommands() + trust() + data()
    }

    /// What must be known before a key is pressed, for screens of a few columns.
    private func brief() -> [RankedLine] {
        let loses = preview.takes.filter { $0.lost > .zero }.map(\.jobName)
        let cost =
            preview.lost <= .zero
            ? TextLine("loses no work, \(preview.units)")
            : TextLine("-\(Words.work(preview.lost)) \(loses.joined(separator: " "))", .warning)
        let failed = preview.verdicts.count { $0.verdict == .fail }
        let warned = preview.verdicts.count { $0.verdict == .warn }
        let rails = TextLine("rails \(failed) FAIL \(warned) WARN", failed > 0 ? .alarm : warned > 0 ? .warning : .text)
        let comparison = PlanComparison(preview, width: width).lines()
        return [RankedLine(cost, rank: 0), RankedLine(rails, rank: 1)]
            + comparison.map {
                RankedLine($0.line, rank: $0.rank + 2)
            } + why()
    }

    private func section(_ name: String, _ text: String, rank: Int, role: Role = .text) -> [RankedLine] {
        TextLine.wrapped(text, head: head(name), width: width, headRole: .title, role: role).ranked(rank)
    }

    private func head(_ name: String) -> String { SafeText(name).padded(to: 6).string }

    private func why() -> [RankedLine] {
        guard let first = preview.why.first else { return [] }
        var lines = section("WHY", first, rank: 3)
        if !lines.isEmpty { lines[0].rank = 1 }
        return lines + preview.why.dropFirst().flatMap { section("", $0, rank: 5) }
    }

    // MARK: what it takes

    private func takes() -> [RankedLine] {
        if preview.takes.isEmpty { return section("TAKES", "nothing", rank: 0) }
        return preview.takes.enumerated().flatMap { index, taken in
            section(
                index == 0 ? "TAKES" : "", text(of: taken), rank: index < 3 ? 1 : 4,
                role: taken.lost > .zero ? .warning : .text)
        }
    }

    private func text(of taken: Taken) -> String {
        let nodes = Words.ranges(taken.nodes, limit: 6) + selected(of: taken)
        let count = taken.nodes.count
        let back = taken.to.map { $0 == preview.to ? "" : " -> \($0)" } ?? ""
        // One loser's loss stands in the comparison already.
        let isOne = preview.takes.count { $0.lost > .zero } < 2
        let loss = back + (taken.lost > .zero && !isOne ? ", loses \(Words.work(taken.lost))" : "")
        guard let id = taken.job else { return "\(count) \(taken.from.shortName) \(nodes)\(loss)" }
        let name = taken.jobName.isEmpty || taken.jobName == id.name ? id.name : "\(id.name) \(taken.jobName)"
        guard let job = snapshot.jobs.first(where: { $0.id == id }) else {
            return "\(Words.count(count, "node")) of job \(name) (\(taken.owner)): \(nodes)\(loss)"
        }
        // A scheduler's job stops whole or not at all.
        if taken.route != nil {
            return "\(count) of \(Words.count(job.nodes, "node")) of job \(name) (\(taken.owner)): \(nodes)\(loss)"
        }
        let gang = job.isElastic ? "elastic \(job.minNodes)..\(job.maxNodes)" : "rigid gang!"
        return "\(count) of \(job.nodes) nodes of job \(name) (\(taken.owner), \(gang)): \(nodes)\(loss)"
    }

    /// `, as selected`, with the names where others go with them.
    private func selected(of taken: Taken) -> String {
        let nodes = preview.selected(of: taken)
        if nodes.isEmpty { return "" }
        return nodes.count == taken.nodes.count
            ? ", as selected" : " (\(Words.names(nodes.map(\.name))) as selected)"
    }

    /// Whoever selected a node and sees another one go reads why.
    private func staying() -> [RankedLine] {
        (preview.staying ?? []).flatMap { section("", $0, rank: 1, role: .warning) }
    }

    /// What a confirmation means for people's jobs comes before every number, and outlives what can be looked up elsewhere.
    private func warnings() -> [RankedLine] {
        let losesJobs = preview.takes.contains { !($0.confirmed ?? []).isEmpty }
        return (preview.warnings ?? []).enumerated().flatMap { index, text in
            section(
                index > 0 ? "" : losesJobs ? "LOSS" : "WARNS", text, rank: index < Self.warningsFirst ? 0 : 1,
                role: .warning)
        }
    }

    /// Warnings that leave the screen after everything else.
    private static let warningsFirst = 4

    private func waves() -> [RankedLine] {
        guard preview.waves.count > 1 else { return [] }
        let gap = preview.waveSpacing > .zero ? ", \(Words.span(preview.waveSpacing)) apart at least" : ""
        let sizes = preview.waves.map { String($0.count) }.joined(separator: " + ")
        let nodes = preview.waves.enumerated().map { "\($0 + 1): \(Words.ranges($1, limit: 4))" }
        return section("WAVES", "\(preview.waves.count) of \(sizes) nodes, one after the other\(gap)", rank: 1)
            + nodes.flatMap { section("", $0, rank: 4) }
    }

    private func notes() -> [RankedLine] { preview.notes.flatMap { section("", $0, rank: 3) } }

    // MARK: before and after

    private func effects() -> [RankedLine] {
        let changed = preview.effects.filter { $0.nodesBefore != $0.nodesAfter }
        guard width >= 70, !changed.isEmpty else { return [] }
        // Where no number of any pool is known, their sizes are all there is to say.
        guard changed.contains(where: \.isMeasured) else {
            let sizes = changed.map { "\($0.pool) \($0.nodesBefore) > \($0.nodesAfter)" }
            return section("AFTER", "\(sizes.joined(separator: ", ")) nodes", rank: 6) + [.air]
        }
        var title = TextLine("AFTER ", .title)
        for (column, name) in [(6, "pool"), (24, "nodes"), (36, "TTFT p95"), (53, "ITL p95"), (68, "tok/s")] {
            title.tab(to: column)
            title.add(name, .dim)
        }
        return [RankedLine(title, rank: 6, isHead: true)] + changed.map { RankedLine(row(of: $0), rank: 6) } + [.air]
    }

    private func row(of effect: PoolEffect) -> TextLine {
        var line = TextLine()
        line.tab(to: 6)
        line.add(SafeText(effect.pool.description).clipped(to: 17).string)
        line.tab(to: 24)
        line.add("\(effect.nodesBefore) > \(effect.nodesAfter)")
        line.tab(to: 36)
        line.add(pair(effect.ttftBefore.known, effect.ttftAfter.known) { Words.wait($0) })
        line.tab(to: 53)
        line.add(pair(effect.itlBefore.known, effect.itlAfter.known) { "\(Words.fixed($0.value * 1000, 0)) ms" })
        line.tab(to: 68)
        line.add(pair(effect.tokensBefore.known, effect.tokensAfter.known) { Words.compact($0.value) })
        return line
    }

    private func pair<M: Measure>(_ before: M?, _ after: M?, _ text: (M) -> String) -> String {
        before == nil && after == nil ? "-" : "\(before.map(text) ?? "-") > \(after.map(text) ?? "-")"
    }

    // MARK: steps and the way back

    private func steps() -> [RankedLine] {
        preview.paths.enumerated().flatMap { index, path in
            PlanSteps(path.steps, name: preview.name(of: path))
                .lines(head: head(index == 0 ? "STEPS" : ""), width: width)
                .ranked(2)
        }
    }

    private func wayBack() -> [RankedLine] { preview.wayBack.flatMap { section("BACK", $0, rank: 2) }.headedOnce() }

    // MARK: rails

    /// Where hints end: near enough to what they are about on a wide screen.
    private var hintEnd: Int { min(width, 118) }

    private func rails() -> [RankedLine] {
        let tally = RailTally(preview.verdicts)
        var summary = TextLine(head("RAILS"), .title)
        summary.add(tally.line())
        let hint = "v: all verdicts"
        if width - summary.width > hint.count + 1 {
            summary.tab(to: hintEnd - hint.count)
            summary.add(hint, .dim)
        }
        return [RankedLine(summary, rank: 1)]
            + tally.raised.flatMap { verdict in
                RailTally.lines(of: verdict, indent: 6, width: width).ranked(verdict.verdict == .fail ? 0 : 2)
            }
    }

    private func ranCommands() -> [RankedLine] {
        guard !preview.commands.isEmpty else { return [] }
        var line = TextLine(head("RUNS"), .title)
        line.add(Words.count(preview.commands.count, "step"))
        let hint = "c: every command"
        line.tab(to: hintEnd - hint.count)
        line.add(hint, .dim)
        return [RankedLine(line, rank: 6)]
    }

    private func trust() -> [RankedLine] { preview.trust.isEmpty ? [] : section("TRUST", preview.trust, rank: 4) }

    private func data() -> [RankedLine] {
        let ages = snapshot.sources.map { source -> String in
            guard let answered = source.answeredAt else { return "\(source.name) never!" }
            let age = snapshot.at - answered
            return "\(source.name) \(Words.age(age))\(age > source.staleAfter ? " STALE" : "")"
        }
        let made = "plan \(Words.age(snapshot.at - preview.madeAt)) old, of \(preview.madeAt.clock)"
        let line = section("DATA", (ages + [made]).joined(separator: ", "), rank: 4)
        let words = snapshot.sources.flatMap { Self.problems(of: $0) } + snapshot.sources.flatMap { $0.hints.prefix(1) }
        let problems = words.flatMap { section("", $0, rank: 5, role: .warning) }
        return line + problems
    }

    /// Each target that does not answer, up to a handful: a plan may rest on any of them.
    private static func problems(of source: SourceStatus) -> [String] {
        guard !source.dead.isEmpty else { return source.problem.map { [$0] } ?? [] }
        let named = source.dead.prefix(deadLimit).map { "\($0.name) \($0.reason)" }
        let more = source.dead.count - named.count
        return named + (more > 0 ? ["\(more) more of \(source.name) without an answer"] : [])
    }

    private static let deadLimit = 3
}

extension PoolEffect {
    /// Whether any source speaks of what the pool does.
    fileprivate var isMeasured: Bool {
        [ttftBefore.known, ttftAfter.known, itlBefore.known, itlAfter.known].contains { $0 != nil }
            || tokensBefore.known != nil || tokensAfter.known != nil
    }
}

extension [RankedLine] {
    /// The section's name only on its first line.
    fileprivate func headedOnce() -> [RankedLine] {
        enumerated().map { index, ranked in
            guard index > 0, let head = ranked.line.runs.first, head.role == .title else { return ranked }
            var line = TextLine()
            line.tab(to: head.text.width)
            for run in ranked.line.runs.dropFirst() { line.add(run.text.string, run.role) }
            return RankedLine(line, rank: ranked.rank, continues: ranked.continues)
        }
    }
}
