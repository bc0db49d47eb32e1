// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// What is known of one node, in lines.
struct NodePicture {
    let index: Int
    let snapshot: FactorySnapshot
    let width: Int

    init(_ index: Int, _ context: DrawContext, width: Int) {
        self.index = index
        self.snapshot = context.snapshot
        self.width = width
    }

    private var table: NodeTable { snapshot.nodes }
    private var id: NodeID { table.ids[index] }

    /// Age of what is known; nil when it was never heard of.
    private var age: Seconds? { table.lastHeard(of: index).map { snapshot.at - $0 } }
    private var isStale: Bool { age.map { $0 > snapshot.staleAfter(of: index) } ?? true }
    /// Of every measured number: an old one never looks fresh.
    private var role: Role { isStale ? .stale : .text }

    func lines() -> [TextLine] {
        var lines = [heading]
        if isStale {
            let text = age.map { "every number below is \(Words.age($0)) old" } ?? "it was never heard of"
            lines.append(TextLine("! STALE: \(text)", .warning))
        }
        if width < 44 { lines.append(brief) }
        lines += condition + work + scheduler + move + pool + [TextLine()] + host
        return lines + GPURows(index, snapshot, width: width, role: role).lines()
            + GPULinkRows(index, snapshot, width: width, role: role).lines
    }

    private var heading: TextLine {
        let state = at(table.states) ?? .unknown
        var line = TextLine("NODE \(id) ", .title)
        line.add(" \(state.label)", state == .failed ? .alarm : .text)
        if let since = at(table.since), state != .unknown {
            let word = table.isOlder[safe: index] == true ? "since before" : "since"
            line.add(" \(word) \(since.shortClock) (\(Words.age(snapshot.at - since)))", .dim)
        }
        line.add("  pool ", .dim)
        line.add(poolState?.pool.description ?? "-")
        if let group = table.groups.first(where: { $0.range.contains(index) }) { line.add("  in \(group.name)", .dim) }
        line.add("  \(index + 1)/\(table.count)", .dim)
        return line
    }

    /// The node in one line, for screens of a few columns.
    private var brief: TextLine {
        let util = table.gpuUtilisation[index].map { Words.percent($0) } ?? "-"
        let power = table.power[index].map { "\(Words.fixed($0 / 1000, 1)) kW" } ?? "-"
        let heat = table.temperature[index].map { "\(Words.fixed($0, 0)) C" } ?? "-"
        return TextLine("\(util) \(power) \(heat)", role)
    }

    private var poolState: PoolState? {
        guard let pool = at(table.pools), pool != NodeTable.none else { return nil }
        return Int(pool) < snapshot.pools.count ? snapshot.pools[Int(pool)] : nil
    }

    private var condition: [TextLine] {
        guard let condition = table.conditions[index] else {
            return [TextLine("state ", .dim) + TextLine("normal", .dim)]
        }
        let role: Role = condition.kind == .moving ? .moving : condition.kind <= .stuck ? .alarm : .warning
        let head = condition.kind == .moving ? "  " : "! "
        return TextLine.wrapped(
            "\(condition.kind.label) \(condition.text), since \(condition.isOlder ? "before " : "")\(condition.since.shortClock)",
            head: head, width: width,
            headRole: role, role: role)
    }

    // MARK: work

    private var work: [TextLine] {
        guard let number = at(table.jobs), number >= 0, Int(number) < snapshot.jobs.count else {
            return [TextLine(head("JOB"), .title) + TextLine("-", .dim)]
        }
        let job = snapshot.jobs[Int(number)]
        let gang = job.isElastic ? "elastic \(job.minNodes)..\(job.maxNodes)" : "rigid"
        let text =
            "\(job.id)\(job.name == job.id.name ? "" : " " + job.name)\(job.owner.isEmpty ? "" : " of " + job.owner), \(job.phase.rawValue), \(Words.count(job.nodes, "node")) (\(gang))"
        var lines = TextLine.wrapped(text, head: head("JOB"), width: width, headRole: .title)
        lines += TextLine.wrapped(risk(of: job), head: head(""), width: width)
        return lines
    }

    /// What the scheduler says in its own words, and whom the node's accelerators are allocated to.
    private var scheduler: [TextLine] {
        guard let facts = snapshot.provenance.hosts(of: index).first(where: { $0.allocation != nil }),
            let allocation = facts.allocation
        else { return [] }
        let partitions = allocation.partitions.isEmpty ? "no partition" : allocation.partitions.joined(separator: ", ")
        let used = allocation.gpusAllocated.map(String.init) ?? "-"
        var words = [
            "\(allocation.words) in \(partitions)",
            "\(used) of \(allocation.gpus.map(String.init) ?? "-") GPUs allocated",
        ]
        let holders = allocation.holders.prefix(6).map {
            $0.owner.isEmpty ? $0.job.name : "\($0.job.name) (\($0.owner))"
        }
        if !holders.isEmpty {
            let more =
                allocation.holders.count > holders.count ? " and \(allocation.holders.count - holders.count) more" : ""
            words.append("held by \(holders.joined(separator: ", "))\(more)")
        }
        return TextLine.wrapped(
            words.joined(separator: "; "), head: head(facts.exporter.uppercased()), width: width, headRole: .title,
            role: role)
    }

    private func risk(of job: JobState) -> String {
        let checkpoint =
            job.checkpointAt.map { "checkpoint \(Words.age(snapshot.at - $0)) ago" } ?? "no checkpoint known"
        let risk = job.atRisk(at: snapshot.at).map { "\(Words.work($0)) at risk if pre-empted now" } ?? "at risk: -"
        let mfu = job.mfu.known.map { Words.percent($0.value) } ?? "-"
        let trained = job.trained.known.map { Words.compact($0.value) } ?? "-"
        return "\(checkpoint), \(risk); trains \(trained) tok/s, MFU \(mfu)"
    }

    private var move: [TextLine] {
        for move in snapshot.moves where move.isOpen {
            guard let unit = move.units.first(where: { $0.node == id }) else { continue }
            var line = TextLine(head("MOVE"), .title)
            line.add("\(move.decision) of \(move.by): \(unit.from) -> \(unit.to ?? move.to), ", .moving)
            line.add("\(unit.stepWord ?? "waits") \(unit.phase.rawValue)", .moving)
            line.add(unit.remaining.map { ", \(Words.span($0)) left" } ?? "", .moving)
            line.add(unit.pastLoss ? ", past LOSS" : ", before LOSS: A aborts, free", unit.pastLoss ? .warning : .dim)
            guard let problem = unit.problem else { return [line] }
            return [line] + TextLine.wrapped(problem, head: head("!"), width: width, headRole: .alarm, role: .alarm)
        }
        return []
    }

    private var pool: [TextLine] {
        guard let pool = poolState, pool.pool.servingClass != nil else { return [] }
        let wait = pool.wait.known.map { Words.wait($0) } ?? "-"
        let text =
            [
                "\(pool.parts.contains(.nodes) ? ">" : "")\(Words.count(pool.nodes, "node")) (floor \(pool.floor))",
                "arrive \(pool.arrivals.known.map { Words.rate($0) } ?? "-")",
                "running \(count(pool.running))", "waiting \(count(pool.waiting)), \(wait)",
                "decode \(pool.decode.known.map { Words.compact($0.value) } ?? "-") tok/s",
                "TTFT p95 \(pool.ttft95.known.map { Words.wait($0) } ?? "-")",
                "ITL p95 \(pool.itl95.known.map { "\(Words.fixed($0.value * 1000, 0)) ms" } ?? "-")",
                "KV \(pool.kvUse.known.map { Words.percent($0.value) } ?? "-")",
            ] + latencies(of: pool) + ends(of: pool)
        return TextLine.wrapped(text.joined(separator: ", "), head: head("POOL"), width: width, headRole: .title)
    }

    /// What only some sources say.
    private func latencies(of pool: PoolState) -> [String] {
        var words: [String] = []
        if let span = pool.e2e95.known { words.append("whole answer p95 \(Words.wait(span))") }
        if let span = pool.e2eMean.known, pool.e2e95.known == nil {
            words.append("whole answer \(Words.wait(span)) (mean)")
        }
        if let span = pool.queued95.known { words.append("queued p95 \(Words.wait(span))") }
        if let span = pool.queuedMean.known, pool.queued95.known == nil {
            words.append("queued \(Words.wait(span)) (mean)")
        }
        if let share = pool.acceptance.known { words.append("drafts accepted \(Words.percent(share.value))") }
        return words
    }

    /// How its requests end, where a source says so; what did not happen is not said.
    private func ends(of pool: PoolState) -> [String] {
        var words: [String] = []
        if let rate = pool.finished.known { words.append("answers \(Words.rate(rate))") }
        if let share = pool.failedShare.known, share.value > 0 { words.append("fails \(Words.percent(share.value))") }
        if let gone = pool.aborted.known, gone.value > 0 { words.append("broken off by users \(Words.rate(gone))") }
        return words
    }

    private func count(_ reading: Reading<Count>) -> String { reading.known.map { Words.compact($0.value) } ?? "-" }

    // MARK: host

    private var host: [TextLine] {
        var line = TextLine(head("HOST"), .title)
        line.add("cpu ", .dim)
        line.add(Bars.text(table.cpu[index], cells: 10), role)
        line.add("  memory ", .dim)
        line.add(Bars.text(table.memory[index], cells: 10), role)
        var power = TextLine(head("POWER"), .title)
        power.add(table.power[index].map { "\(Words.fixed($0 / 1000, 1)) kW" } ?? "-", role)
        power.add(table.powerLimit[index].map { " of \(Words.fixed($0 / 1000, 1)) kW" } ?? "", .dim)
        power.add("  hottest GPU ", .dim)
        power.add(table.temperature[index].map { "\(Words.fixed($0, 0)) C" } ?? "-", role)
        power.add("  heard ", .dim)
        power.add(age.map { "\(Words.age($0)) ago" } ?? "never", role)
        return [line, power] + HostLines(index, snapshot, role: role).lines
    }

    private func head(_ name: String) -> String { SafeText(name).padded(to: 6).string }

    private func at<Value>(_ column: [Value]) -> Value? { index < column.count ? column[index] : nil }
}

/// Bars in plain characters, for lines of text.
enum Bars {
    /// `[######....]  57 %`; `-` for what nobody knows.
    static func text(_ share: Double?, cells: Int) -> String {
        guard let share, share.isFinite else { return "-" }
        let full = Int(max(0, min(Double(cells), (share * Double(cells)).rounded())))
        let percent = SafeText(Words.percent(share)).padded(to: 5, align: .right).string
        return "[\(String(repeating: "#", count: full))\(String(repeating: ".", count: cells - full))] \(percent)"
    }
}
