// SPDX-License-Identifier: Apache-2.0

package import Factory
package import SlurmText

/// What one step of a move asks for next, by what Slurm says now.
///
/// Pure: facts in, one answer out. Whoever carries out a step asks, writes the one thing, reads again and asks again, until
/// there is nothing to write: so every write stands on facts that are milliseconds old, is read back, and a step that was cut
/// anywhere is taken up where it stands.
package struct SlurmStep: Sendable {
    package enum Answer: Sendable, Hashable {
        /// The state that the step asks for is there.
        case reached
        /// How long, where limits of jobs say so.
        case wait(remaining: Seconds?)
        case write(SlurmWrite)
        /// Nothing more may be done here; a sentence without its end.
        case stop(String)

        var isWait: Bool {
            if case .wait = self { true } else { false }
        }
    }

    package var order: StepOrder
    /// The partitions between which the node goes.
    package var mark: SlurmMark
    package var facts: SlurmFacts
    /// The lists as this decision has found or left them; nil for one that it does not know.
    package var expected: [String: Hostlist]
    /// Nodes that this decision has begun to move, or another of ours has on their way: wherever a cut has left them,
    /// nobody else did it.
    package var own: Set<String>
    /// The way of the node as it was noted; nil: none was by this decision.
    package var journey: SlurmMemory.Journey?
    /// Jobs that were told to save and not put back since, and how long they get. Unit: s.
    package var told: [String: SlurmMemory.Told]
    package var signal: String?
    package var grace: Double
    /// The names of nodes in sentences; what is written bears Slurm's.
    package var titles = SlurmTitles()

    package init(
        _ order: StepOrder, _ mark: SlurmMark, _ facts: SlurmFacts, expected: [String: Hostlist],
        own: Set<String> = [], journey: SlurmMemory.Journey? = nil, told: [String: SlurmMemory.Told] = [:],
        signal: String? = nil, grace: Double = 60
    ) {
        self.order = order
        self.mark = mark
        self.facts = facts
        self.expected = expected
        self.own = own
        self.journey = journey
        self.told = told
        self.signal = signal
        self.grace = grace
    }

    package var answer: Answer {
        guard let node = facts.node else { return .stop("Slurm does not know \(shown) any more") }
        for partition in [mark.from, mark.to] where facts.partition(partition) == nil {
            return .stop("there is no partition \(partition) any more")
        }
        return switch order.step {
        case .cordon: cordon(node)
        case .drain: drain(node)
        case .checkpoint: checkpoint(node)
        case .release: release(node)
        case .join, .load: relist(node)
        case .restart, .serve: resume(node)
        case .restore: restore(node)
        case .unload, .warm, .canary, .park: .stop("Slurm has no step \(order.step.rawValue)")
        }
    }

    var name: String { order.node.name }
    private var shown: String { titles.title(name) }

    /// Whether the node is drained by this very decision.
    var isOurs: Bool { facts.mark == mark }

    private func cordon(_ node: SlurmNode) -> Answer {
        if isOurs { return .reached }
        if node.state.flags.contains(.drain) {
            return .stop("\(shown) is already drained by \(facts.drainer); it is not tokenworks' to take")
        }
        guard node.state.takesWork else { return .stop("\(shown) is \(node.state): only a healthy node moves") }
        guard facts.has(mark.from), !facts.has(mark.to) else {
            return .stop("\(shown) is \(whereabouts): it has to be in \(mark.from) alone")
        }
        guard left(mark.to) > 0 else {
            return .stop("\(mark.to) has no node: a move into it could not be taken back; give it its first by hand")
        }
        if let kept = facts.reservations.first(where: { $0.isActive(at: facts.now) && $0.nodes.names.contains(name) }) {
            return .stop("\(shown) is reserved by \(kept.name)")
        }
        if let (node, other) = facts.marks.sorted(by: { $0.key < $1.key }).first(where: { isRival($0.value) }) {
            return .stop(
                "another tokenworks (\(other.writer)) is moving \(titles.title(node)) from \(other.from) to \(other.to): "
                    + "one at a time; where it is gone, lift that drain by hand")
        }
        // Those on their way out are in the list until their turn comes: to find out then would be too late.
        let leaving = facts.marks.filter {
            $0.key != name && $0.value.from == mark.from && facts.has(mark.from, $0.key)
        }
        guard left(mark.from) - leaving.count > 1 else {
            return .stop("\(shown) is the last node of \(mark.from): a partition is never emptied")
        }
        return .write(.drain(node: name, mark))
    }

    /// Whether a drain is of another tokenworks that changes one of the two lists.
    private func isRival(_ other: SlurmMark) -> Bool {
        other.writer != mark.writer && !Set([other.from, other.to]).isDisjoint(with: [mark.from, mark.to])
    }

    private func drain(_ node: SlurmNode) -> Answer {
        if let obstacle = lost(node) { return obstacle }
        if node.state.isExactlyDrained, !facts.isBusy { return .reached }
        return .wait(remaining: facts.isBusy ? facts.untilFree.map { Seconds(max(0, $0)) } : nil)
    }

    private func checkpoint(_ node: SlurmNode) -> Answer {
        if let obstacle = lost(node) { return obstacle }
        let running = facts.jobs.filter { $0.isRunning && $0.state != .completing }
        if let obstacle = unnamed(running) { return obstacle }
        if let job = running.first(where: { $0.state == .suspended }) {
            return .stop(
                "job \(job.id) of \(job.user ?? "somebody") on \(shown) is suspended: resume it, then plan again")
        }
        if let job = running.first(where: { facts.unrequeueable.contains($0.id) }) {
            return .stop(
                "job \(job.id) of \(job.user ?? "somebody") on \(shown) cannot be put back into the queue (--no-requeue, or not of sbatch)"
            )
        }
        guard let signal else { return .reached }
        // A gang is told once for all its nodes; one that has begun anew since, on a node of a later wave, once more.
        if let job = running.first(where: { told[$0.id]?.isRun(of: $0) != true }) {
            return .write(.signal(job: job.id, name: signal))
        }
        guard let last = running.compactMap({ told[$0.id]?.at }).max() else { return .reached }
        let left = grace - (facts.now - last)
        return left <= 0 ? .reached : .wait(remaining: Seconds(left))
    }

    private func release(_ node: SlurmNode) -> Answer {
        if let obstacle = lost(node) { return obstacle }
        // A script that ended when it was told to save, by its own choice or for want of a trap, was to go on all the same.
        if let job = facts.ended.min() { return .write(.requeue(job: job)) }
        if node.state.isExactlyDrained, !facts.isBusy { return .reached }
        // What completes, or is being told to, has been put back already.
        let running = facts.jobs.filter { $0.isRunning && $0.state != .completing }
        if let obstacle = unnamed(running) { return obstacle }
        return running.first.map { .write(.requeue(job: $0.id)) } ?? .wait(remaining: nil)
    }

    /// Somebody's work that nobody has confirmed to lose: it began after the plan was made.
    private func unnamed(_ running: [SlurmJob]) -> Answer? {
        running.first { !order.confirmed.contains(JobID($0.id)) }.map { job in
            .stop("job \(job.id) of \(job.user ?? "somebody") on \(shown) was not in the plan: plan again")
        }
    }

    /// OWNER: out of one list, into the other. The node is drained: in neither and in both it is harmless.
    private func relist(_ node: SlurmNode) -> Answer {
        if let obstacle = lost(node) { return obstacle }
        // A controller that has just been started has not heard of its nodes yet.
        if !node.state.isHeard { return .wait(remaining: nil) }
        guard node.state.isExactlyDrained else {
            return .stop("\(shown) is \(node.state), no longer drained and idle")
        }
        if let job = facts.running.first {
            return .stop("job \(job.id) of \(job.user ?? "somebody") still holds \(shown), though it reads idle")
        }
        if let changed = changed ?? taken { return .stop(changed) }
        if facts.has(mark.from) {
            guard left(mark.from) > 1 else {
                return .stop("\(shown) is the last node of \(mark.from): a partition is never emptied")
            }
            return .write(.remove(node: name, partition: mark.from, list: without(mark.from)))
        }
        if !facts.has(mark.to) { return .write(.add(node: name, partition: mark.to, list: with(mark.to))) }
        return .reached
    }

    private func resume(_ node: SlurmNode) -> Answer {
        guard facts.has(mark.to), !facts.has(mark.from) else {
            return .stop("\(shown) is \(whereabouts), no longer in \(mark.to) alone")
        }
        if let fault = fault(node) { return fault }
        if node.state.flags.contains(.drain) {
            guard isOurs else { return .stop("\(shown) has meanwhile been drained by \(facts.drainer)") }
            return .write(.resume(node: name))
        }
        return awake(node)
    }

    private func restore(_ node: SlurmNode) -> Answer {
        let drained = node.state.flags.contains(.drain)
        if facts.has(mark.from), !facts.has(mark.to) {
            if let fault = fault(node) { return fault }
            if isOurs { return .write(.resume(node: name)) }
            guard drained else { return awake(node) }
            return .stop("\(shown) is in \(mark.from) and still drained by \(facts.drainer): that is theirs to lift")
        }
        if let taken { return .stop(taken) }
        // Lists change under a drain only: a job of the one partition must not find itself in the other.
        if !drained {
            // Its reason is somebody's word on what is wrong with it.
            if let fault = fault(node) { return fault }
            if facts.isBusy {
                let jobs = facts.running.map(\.id).joined(separator: ", ")
                return .stop("\(shown) already works in \(mark.to) (job \(jobs.isEmpty ? "unknown" : jobs))")
            }
            return .write(.drain(node: name, mark))
        }
        if facts.isBusy { return .wait(remaining: facts.untilFree.map { Seconds(max(0, $0)) }) }
        if !facts.has(mark.from) {
            return .write(.add(node: name, partition: mark.from, list: with(mark.from)))
        }
        guard left(mark.to) > 1 else { return .stop("\(shown) is the last node of \(mark.to): take it out by hand") }
        return .write(.remove(node: name, partition: mark.to, list: without(mark.to)))
    }

    /// A resume would lift more than our drain: a node that broke meanwhile stays out of use.
    private func fault(_ node: SlurmNode) -> Answer? {
        guard node.state.isDown else { return nil }
        return .stop("\(shown) is \(node.state): it is not resumed\(node.reason.map { " ('\($0)')" } ?? "")")
    }

    /// After a drain has been lifted: nodes answer a moment later.
    private func awake(_ node: SlurmNode) -> Answer {
        if node.state.takesWork { return .reached }
        if node.state.isDown { return .stop("\(shown) is \(node.state)\(node.reason.map { ": '\($0)'" } ?? "")") }
        return .wait(remaining: nil)
    }

    /// The drain is not this decision's any more.
    private func lost(_ node: SlurmNode) -> Answer? {
        if node.state.isDown { return .stop("\(shown) went \(node.state)\(node.reason.map { ": '\($0)'" } ?? "")") }
        if isOurs { return nil }
        if node.state.flags.contains(.drain) { return .stop("\(shown) is now drained by \(facts.drainer)") }
        return .stop("\(shown) is drained no more: resumed by somebody, or lost in a crash of slurmctld")
    }

    /// What somebody else has done with the node itself: its way is not ours to go on with, and it stays drained.
    private var taken: String? {
        if !facts.has(mark.from), !facts.has(mark.to), journey?.leaves != true {
            return "somebody has taken \(shown) out of \(mark.from); it is \(whereabouts)"
        }
        guard let places = journey?.places else { return nil }
        let new = Set(facts.places).subtracting(places + [mark.from, mark.to]).sorted()
        return new.isEmpty ? nil : "somebody has put \(shown) into \(new.joined(separator: " and ")) meanwhile"
    }

    /// Somebody else's change of one of the two lists since the decision has seen them.
    private var changed: String? {
        guard !expected.isEmpty else {
            return "what the lists of \(mark.from) and \(mark.to) were is not known any more"
        }
        for partition in [mark.from, mark.to] {
            guard let was = expected[partition], let now = facts.partition(partition)?.nodes else { continue }
            // The node itself is what this step moves, and another of ours may have been cut before it was noted.
            let before = Set(was.names).subtracting(own.union([name]))
            let after = Set(now.names).subtracting(own.union([name]))
            guard before != after else { continue }
            let gone = before.subtracting(after).sorted()
            let come = after.subtracting(before).sorted()
            let words = [
                gone.isEmpty ? nil : "lost \(titles.list(gone))",
                come.isEmpty ? nil : "got \(titles.list(come))",
            ].compactMap { $0 }
            return "partition \(partition) has \(words.joined(separator: " and ")) meanwhile, by somebody else"
        }
        return nil
    }

    private var whereabouts: String {
        facts.places.isEmpty ? "in no partition" : "in \(facts.places.joined(separator: " and "))"
    }

    private func left(_ partition: String) -> Int { facts.partition(partition)?.nodes.names.count ?? 0 }

    private func without(_ partition: String) -> Hostlist {
        Hostlist((facts.partition(partition)?.nodes.names ?? []).filter { $0 != name })
    }

    private func with(_ partition: String) -> Hostlist {
        Hostlist((facts.partition(partition)?.nodes.names ?? []) + [name])
    }
}
