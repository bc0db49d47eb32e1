// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// What trains and what waits to: kind, gang, owner, progress, and what pre-empting it now would cost.
package struct JobsScreen: OverlayScreen {
    package private(set) var selected: JobID?
    package private(set) var order = Order.risk

    /// What the jobs are sorted by; those that wait come after those that run.
    package enum Order: String, CaseIterable, Sendable {
        case risk = "work at risk"
        case remaining = "time left"
        case nodes
        case kind
    }

    package init() {}

    package var kind: ScreenKind { .jobs }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        if intent == .sort {
            let all = Order.allCases
            order = all[((all.firstIndex(of: order) ?? 0) + 1) % all.count]
            return [.notice(Notice("jobs: \(order.rawValue)"))]
        }
        let jobs = sorted(context.snapshot)
        if intent == .origin {
            return [.open(.origin(.job((jobs.first { $0.id == selected } ?? jobs.first)?.id)))]
        }
        let step = intent.movesBy(page: 10, count: jobs.count)
        guard step != 0 else { return nil }
        guard !jobs.isEmpty else { return [] }
        let now = jobs.firstIndex { $0.id == selected } ?? 0
        selected = jobs[max(0, min(jobs.count - 1, now + step))].id
        return []
    }

    func sorted(_ snapshot: FactorySnapshot) -> [JobState] {
        let at = snapshot.at
        func key(_ job: JobState) -> Double {
            switch order {
            case .risk: -(job.atRisk(at: at)?.value ?? -1)
            case .remaining: job.remaining.known?.value ?? .infinity
            case .nodes: -Double(max(job.nodes, job.minNodes))
            case .kind: Double(job.kind.flatMap { JobState.Kind.allCases.firstIndex(of: $0) } ?? 99)
            }
        }
        return snapshot.jobs.map { (job: $0, key: key($0)) }.sorted { left, right in
            let (waits, waitsToo) = (left.job.phase == .pending, right.job.phase == .pending)
            if waits != waitsToo { return !waits }
            if waits { return left.job.since < right.job.since }
            return left.key == right.key ? left.job.id.name < right.job.id.name : left.key < right.key
        }.map(\.job)
    }

    // MARK: picture

    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let (x, width) = area.width >= 40 ? (area.x + 1, area.width - 2) : (area.x, area.width)
        let inside = Rect(x: x, y: area.y, width: width, height: area.height)
        guard !inside.isEmpty else { return }
        let snapshot = context.snapshot
        frame.put(heading(snapshot).fitted(width), x: x, y: area.y, width: width)
        let jobs = sorted(snapshot)
        guard !jobs.isEmpty else {
            for (line, text) in nobody(snapshot, width: width).prefix(max(0, area.height - 2)).enumerated() {
                frame.put(text, x: x, y: area.y + 2 + line, width: width)
            }
            return
        }
        let index = jobs.firstIndex { $0.id == selected } ?? 0
        let rest = inside.splitTop(1).rest
        let detail = JobDetail(jobs[index], snapshot, width: width).lines
        let below = rest.height >= 12 ? min(detail.count + 1, rest.height / 3) : 0
        let (top, bottom) = rest.splitTop(rest.height - below)
        let page = max(1, top.height - 1)
        let offset = max(0, min(index - page / 2, jobs.count - page))
        let rows = jobs.map { JobRow($0, at: snapshot.at).row }
        frame.table(
            top, columns: JobColumns(rows, width: width).columns, rows: rows, selected: index, offset: offset,
            header: top.height > 1)
        for (line, text) in detail.prefix(max(0, bottom.height - 1)).enumerated() {
            frame.put(text, x: bottom.x, y: bottom.y + 1 + line, width: width)
        }
    }

    /// What does not fit goes whole: a title that ends before its number says nothing.
    private func heading(_ snapshot: FactorySnapshot) -> RankedRow {
        var row = RankedRow(separator: " | ")
        var line = TextLine("JOBS ", .title)
        let waiting = snapshot.jobs.count { $0.phase == .pending }
        let named = snapshot.jobs.count - waiting
        // A scheduler that counts its jobs knows of more than those that speak for themselves.
        let running = snapshot.training?.runningInAll ?? (snapshot.listsEveryJob ? named : nil)
        let age = snapshot.training?.age
        line.add("\(running.map(String.init) ?? "-") run", age == nil ? .text : .stale)
        if let running, running > named, named > 0 { line.add(" (\(named) named)", .dim) }
        if running == nil, named > 0 { line.add(" (\(named) named)", .text) }
        let pending = snapshot.training?.pendingInAll ?? (snapshot.listsEveryJob ? waiting : nil)
        line.add(", \(pending.map(String.init) ?? "-") wait", age == nil ? .text : .stale)
        if let asked = snapshot.training?.askedInAll, asked > 0 { line.add(" for \(asked) GPUs", .dim) }
        row.add(line, rank: 0)
        var trained = TextLine("trained ", .dim)
        trained.add(snapshot.trained.run { "\(Words.compact($0.value)) tok/s" })
        trained.add(", MFU ", .dim)
        trained.add(snapshot.mfu.run { Words.percent($0.value) })
        row.add(trained, rank: 2)
        let risks = snapshot.jobs.compactMap { $0.atRisk(at: snapshot.at)?.value }
        // Where no job says what it has saved nobody knows what is at risk.
        let isKnown = !risks.isEmpty || (snapshot.jobs.isEmpty && snapshot.listsEveryJob)
        let risk = !isKnown ? "-" : Words.work(GPUHours(risks.reduce(0, +)))
        row.add(TextLine("at risk now ", .dim) + TextLine(risk, .text), rank: 1)
        row.add("sorted by \(order.rawValue)", .dim, rank: 3)
        return row
    }

    /// Why there is no table.
    private func nobody(_ snapshot: FactorySnapshot, width: Int) -> [TextLine] {
        if snapshot.listsEveryJob { return [TextLine("no job runs and none waits", .dim)] }
        return TextLine.wrapped(
            "A scheduler counts its jobs here, and no source names them. Jobs that serve or push metrics of their own are "
                + "named: `training:` in the configuration.",
            width: width)
    }
}

/// The selected job in sentences.
private struct JobDetail {
    let job: JobState
    let snapshot: FactorySnapshot
    let width: Int

    init(_ job: JobState, _ snapshot: FactorySnapshot, width: Int) {
        self.job = job
        self.snapshot = snapshot
        self.width = width
    }

    var lines: [TextLine] {
        [first] + (progress.isEmpty ? [] : TextLine.wrapped(progress, head: "does ", width: width))
            + TextLine.wrapped(gang, head: "gang ", width: width)
            + TextLine.wrapped(cost, head: "now  ", width: width)
            + (nodes.isEmpty ? [] : TextLine.wrapped(nodes, head: "on   ", width: width))
    }

    /// What only a job itself can say, and how long ago it did.
    private var progress: String {
        var words: [String] = []
        if let loss = job.loss.known { words.append("loss \(Words.fixed(loss.value, 3))") }
        if let step = job.step.known { words.append("a step in \(Words.wait(step))") }
        if let flops = job.flops.known { words.append("\(Words.fixed(flops.value, 0)) TFLOP/s a GPU") }
        let ages = [job.trained.staleAge, job.loss.staleAge, job.step.staleAge, job.mfu.staleAge, job.flops.staleAge]
        if let age = ages.compactMap(\.self).max() {
            words.append("all of it \(Words.age(age)) old: it says nothing new")
        }
        return words.joined(separator: ", ")
    }

    private var first: TextLine {
        let name = job.name == job.id.name ? "" : "\(job.name) "
        var line = TextLine("JOB \(job.id) \(name)", .title)
        let owner = job.owner.isEmpty ? "" : " of \(job.owner)"
        line.add("\(job.kind?.rawValue ?? "kind unknown")\(owner), \(job.phase.rawValue)", .text)
        line.add(" since \(job.since.shortClock) (\(Words.age(max(.zero, snapshot.at - job.since))))", .dim)
        return line
    }

    private var gang: String {
        guard job.isSized else { return "no source says on which nodes it runs" }
        if job.phase == .pending {
            return
                "asks for \(Words.count(job.minNodes, "node")) (\(job.minNodes * job.gpusPerNode) GPUs); waits: \(job.reason)"
        }
        let size =
            job.isElastic
            ? "elastic \(job.minNodes)..\(job.maxNodes), \(max(0, job.nodes - job.minNodes)) can leave"
            : "rigid, all or none"
        let restart = job.restartTime.map { ", a changed gang steps again after \(Words.span($0))" } ?? ""
        let kept = job.changesFreely ? ", nodes come and go without a restart" : restart
        return "\(Words.count(job.nodes, "node")) x \(job.gpusPerNode) GPUs, \(size)\(kept)"
    }

    private var cost: String {
        guard job.phase != .pending else { return "nothing is lost: it has not begun" }
        var every = job.checkpointEvery.map { "a checkpoint every \(Words.ago($0))" } ?? "no checkpoints known"
        if job.checkpointEvery != nil, let time = job.checkpointTime { every += " stalls it \(Words.duration(time))" }
        guard let risk = job.atRisk(at: snapshot.at) else { return "\(every); nothing is known to be at risk" }
        return "\(every); stopping it now loses \(Words.work(risk))"
    }

    private var nodes: String {
        guard let index = snapshot.jobs.firstIndex(where: { $0.id == job.id }) else { return "" }
        let table = snapshot.nodes
        let mine = table.indices.filter { $0 < table.jobs.count && table.jobs[$0] == Int32(index) }
        return Words.ranges(mine.map { table.ids[$0] }, limit: 12)
    }
}
