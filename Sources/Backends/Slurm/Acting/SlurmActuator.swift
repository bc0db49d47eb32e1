// SPDX-License-Identifier: Apache-2.0

package import Factory
package import SlurmText

/// Moves nodes between partitions of Slurm: drain, wait, change two lists, resume.
///
/// Where a node stands is read from Slurm before each write, and what has to outlive the process is on the medium before the
/// write that needs it.
package actor SlurmActuator: Actuator {
    package nonisolated let name = "slurm"

    package nonisolated let routes: [MoveRoute] = [.drain, .requeue]

    package nonisolated let lastDecision: Int

    private let control: SlurmControl
    private let hand: any SlurmHand
    private let keeper: any SlurmMemoryKeeper
    private var memory: SlurmMemory
    /// Whether an order is under way: a call may be suspended, and the next must not pass it.
    private var isBusy = false
    /// Nodes whose step was heard and could not be finished at once: what is left of it is written when it can be.
    private var unfinished: Set<NodeID> = []
    /// Whether what is kept was read since whoever acts has the plant to itself.
    private var isSettled = false
    /// For command lines, which are asked for without waiting, and for whoever looks whether lists are as they were left.
    private let board: SlurmBoard
    private let names: SlurmNames

    /// More writes than any step needs beside those of jobs: what comes then is a circle.
    private static let mostWrites = 16

    /// - Parameters:
    ///   - aliases: the operator's table of names, from every other name to the one that is shown and ordered.
    ///   - writer: letters and digits that no other state directory has, for the first start in this one.
    /// - Throws: `.refused` where what is kept cannot be read: it says which file.
    package init(
        _ control: SlurmControl, hand: any SlurmHand, keeper: any SlurmMemoryKeeper, board: SlurmBoard = SlurmBoard(),
        aliases: [String: String] = [:], writer: @autoclosure () -> String
    ) throws(ActuatorError) {
        self.control = control
        names = SlurmNames(aliases: aliases)
        self.hand = hand
        self.keeper = keeper
        // Nothing is written before the first drain: whoever only plans leaves no trace.
        memory = try keeper.load() ?? SlurmMemory(writer: writer())
        lastDecision = memory.lastDecision
        self.board = board
        board.remember(memory)
    }

    package func perform(_ order: StepOrder) async throws(ActuatorError) {
        try begin()
        defer { isBusy = false }
        let order = try await own(order)
        unfinished.remove(order.node)
        var last: SlurmWrite?
        var (rounds, jobs) = (0, 0)
        while rounds < Self.mostWrites + 2 * jobs {
            rounds += 1
            let facts = try await look(at: order, isFresh: true)
            jobs = max(jobs, facts.jobs.count)
            let mark = try mark(for: order, facts)
            switch step(order, mark, facts).answer {
            case .reached: return
            case .wait:
                unfinished.insert(order.node)
                return
            case .stop(let why):
                // Before anything is done a refusal says it all. Later the machine asks how the step stands, hears of it
                // there, and sends the node back.
                if order.step == .cordon { throw refusal(why + ".") }
                return
            case .write(let write):
                guard write != last else { throw refusal("Slurm took '\(write.line())' and nothing changed.") }
                last = write
                try await carryOut(write, of: order, mark, facts)
            }
        }
        throw refusal("\(title(order)) needs more writes than a step has: look at it by hand.")
    }

    package func progress(of order: StepOrder) async throws(ActuatorError) -> StepProgress {
        try begin()
        defer { isBusy = false }
        let order = try await own(order)
        var facts = try await look(at: order, isFresh: false)
        var mark: SlurmMark
        var answer: SlurmStep.Answer
        do throws(ActuatorError) {
            mark = try self.mark(for: order, facts)
            answer = step(order, mark, facts).answer
            if !answer.isWait {
                // Whatever is more than waiting stands on what Slurm says now.
                facts = try await look(at: order, isFresh: true)
                mark = try self.mark(for: order, facts)
                answer = step(order, mark, facts).answer
            }
        } catch {
            if error.kind == .unreachable { throw error }
            return .failed(error.text)
        }
        switch answer {
        case .reached:
            unfinished.remove(order.node)
            if [.join, .load, .restore].contains(order.step) { try settle(mark, facts) }
            if [.serve, .restart, .restore].contains(order.step) { try note(order) { $0.isOver = true } }
            return .reached
        case .wait(let remaining): return .running(remaining: remaining)
        case .stop(let why): return .failed(why)
        case .write(let write):
            // A job that began to end, a signal for one that began since, a node that had to be waited for: the step goes
            // on. Anything else was done when the step was taken, and somebody has undone it.
            guard write.isOfJob || order.step == .restore || unfinished.contains(order.node) else {
                return .failed("somebody has undone '\(write.line())'")
            }
            try await carryOut(write, of: order, mark, facts)
            return .running(remaining: nil)
        }
    }

    package nonisolated func commands(for orders: [StepOrder]) -> [String] {
        guard var script = board.script(control) else { return [] }
        var said: Set<NodeID> = []
        return orders.flatMap { order in
            var own = order
            // One that Slurm has twice is shown as it is: it is refused when it is to be carried out.
            own.node = names.own(order.node, among: board.nodes).first ?? order.node
            let lines = script.lines(for: own)
            guard own.node != order.node, !lines.isEmpty, said.insert(own.node).inserted else { return lines }
            return ["# \(own.node) is what the screens call \(order.node)"] + lines
        }
    }

    package nonisolated func leftovers(besides open: Set<DecisionID>) -> [HeldNodes] {
        let titles = names.titles(among: board.nodes)
        board.see(open: open)
        return board.leftovers(control, besides: open).map { $0.shown(titles) }.map { left in
            HeldNodes(
                left.nodes.map { NodeID($0) }, for: left.mark.decision,
                "\(Words.names(left.nodes)) \(left.nodes.count == 1 ? "is" : "are") still drained by \(left.mark.decision), "
                    + "which is not under way: 'tokenworks drift' has the lines that give back what it holds")
        }
            + board.foreignLeftovers(control).map { $0.shown(titles) }.map { left in
                HeldNodes(left.nodes.map { NodeID($0) }, for: nil, left.foreignSentence)
            }
    }

    package func setSpeed(_ speed: Double) async throws(ActuatorError) -> Double {
        throw refusal("Only a simulation has a speed: this plant is real.")
    }

    /// An order that outlived the patience of whoever gave it is still under way: a list that the next one reads meanwhile
    /// would be written over.
    private func begin() throws(ActuatorError) {
        guard !isBusy else {
            throw ActuatorError(
                .unreachable, engine: name, text: "Slurm has not answered the order before this one yet.")
        }
        if !isSettled {
            // Whoever had the plant before this process may have written since it started.
            if let kept = try keeper.load() { memory = kept }
            board.remember(memory)
            // Whoever only looked on did not know what that one had open.
            board.forgetEnded()
            isSettled = true
        }
        isBusy = true
    }

    /// The same order by the name that Slurm knows.
    private func own(_ order: StepOrder) async throws(ActuatorError) -> StepOrder {
        guard names.mayDiffer(order.node) else { return order }
        // A process that has just begun has seen no list yet.
        if !board.hasLists { _ = try await look(at: order, isFresh: false) }
        let own = names.own(order.node, among: board.nodes)
        guard own.count == 1 else {
            let both = own.map(\.name).joined(separator: " and ")
            throw refusal("\(order.node) is the name of \(both) under 'names:': give each its own.")
        }
        var order = order
        order.node = own[0]
        return order
    }

    private func look(at order: StepOrder, isFresh: Bool) async throws(ActuatorError) -> SlurmFacts {
        var facts = try await hand.look(at: order.node, for: order.step, isFresh: isFresh)
        if order.step == .checkpoint { facts.unrequeueable = try await hand.unrequeueable(facts.jobs) }
        if order.step == .release {
            let told = memory.told[order.decision.number] ?? [:]
            let ended = try await hand.ended(order.confirmed.map(\.name).filter { told[$0] != nil })
            facts.ended = Set(ended.filter { told[$0.id]?.isRun(of: $0) == true }.map(\.id))
        }
        board.see(facts.partitions, isIncremental: await hand.isIncremental)
        if let node = facts.node { board.see(node) }
        return facts
    }

    private func step(_ order: StepOrder, _ mark: SlurmMark, _ facts: SlurmFacts) -> SlurmStep {
        let journey = memory.journeys[order.node.name].flatMap { $0.decision == order.decision.number ? $0 : nil }
        var step = SlurmStep(
            order, mark, facts, expected: memory.lists(of: order.decision),
            own: memory.nodes(of: order.decision, facts.marks), journey: journey,
            told: memory.told[order.decision.number] ?? [:], signal: control.signal,
            grace: control.grace)
        step.titles = names.titles(among: board.nodes)
        return step
    }

    /// The node of an order by Slurm's name, as it is shown.
    private func title(_ order: StepOrder) -> String { names.titles(among: board.nodes).title(order.node.name) }

    private func carryOut(
        _ write: SlurmWrite, of order: StepOrder, _ mark: SlurmMark, _ facts: SlurmFacts
    ) async throws(ActuatorError) {
        if case .drain(let node, let mark) = write {
            var next = memory
            let lists = facts.partitions.filter { $0.name == mark.from || $0.name == mark.to }
            next.begin(order.decision, lists, ended: board.ended)
            next.start(node, mark, places: facts.places)
            try keep(next)
        }
        // Where the node stands is noted while the mark still says whose it is, also where a cut came before the note.
        if case .resume = write { try settle(mark, facts) }
        if case .remove(_, mark.from, _) = write, order.step != .restore { try note(order) { $0.leaves = true } }
        try await hand.write(write)
        switch write {
        case .signal(let job, _):
            var next = memory
            next.told[order.decision.number, default: [:]][job] = SlurmMemory.Told(
                at: facts.now, start: facts.jobs.first { $0.id == job }?.start)
            try keep(next)
        case .requeue(let job):
            var next = memory
            next.putBack(job, for: order.decision)
            if next != memory { try keep(next) }
        case .add(let node, let partition, let list):
            try settle(node, isIn: true, partition, list)
        case .remove(let node, let partition, let list):
            try settle(node, isIn: false, partition, list)
        case .drain, .resume: break
        }
    }

    /// Notes something of the way that an order's node is on.
    private func note(_ order: StepOrder, _ change: (inout SlurmMemory.Journey) -> Void) throws(ActuatorError) {
        guard var journey = memory.journeys[order.node.name], journey.decision == order.decision.number else { return }
        var next = memory
        change(&journey)
        next.journeys[order.node.name] = journey
        if next != memory { try keep(next) }
    }

    private func settle(
        _ node: String, isIn: Bool, _ partition: String, _ list: Hostlist
    ) throws(ActuatorError) {
        var next = memory
        next.settle(node, isIn: isIn, partition: partition, list: list.names)
        if next != memory { try keep(next) }
    }

    /// The node stands where its step has it, also where the write that took it there was cut before it was noted.
    private func settle(_ mark: SlurmMark, _ facts: SlurmFacts) throws(ActuatorError) {
        for partition in facts.partitions where partition.name == mark.from || partition.name == mark.to {
            // A unit that went back before any list was changed has changed none.
            guard memory.intended[partition.name] != nil || facts.has(mark.to) else { continue }
            try settle(facts.name, isIn: facts.has(partition.name), partition.name, partition.nodes)
        }
    }

    private func keep(_ next: SlurmMemory) throws(ActuatorError) {
        try keeper.save(next)
        memory = next
        board.remember(next)
    }

    /// Between which partitions an order moves its node: as its drain says, as the last start wrote down, or as the two
    /// pools of the order have it.
    private func mark(for order: StepOrder, _ facts: SlurmFacts) throws(ActuatorError) -> SlurmMark {
        if let mark = facts.mark, mark.decision == order.decision, mark.writer == memory.writer { return mark }
        // A first step that was cut before its drain has written it down as well, and with it where the node was going.
        if let mark = memory.journey(of: order.node.name), mark.decision == order.decision,
            order.step != .cordon || facts.has(mark.from)
        {
            return mark
        }
        let places = SlurmPlaces(control, memory)
        let holders = places.partitions(of: order.from).filter { facts.has($0) }
        guard holders.count == 1 else {
            let all = facts.partitions.filter { $0.nodes.names.contains(order.node.name) }.map(\.name)
            let place = all.isEmpty ? "no partition" : all.joined(separator: " and ")
            throw refusal("\(title(order)) is in \(place): it has to be in exactly one partition of \(order.from).")
        }
        guard let to = places.destination(of: order.node.name, in: order.to) else {
            throw refusal(
                "The configuration gives \(order.to) no partition: there is nowhere to move \(title(order)) to.")
        }
        return SlurmMark(order.decision, from: holders[0], to: to, writer: memory.writer)
    }

    private func refusal(_ text: String) -> ActuatorError { ActuatorError(.refused, engine: name, text: text) }
}
