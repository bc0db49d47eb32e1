// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Control
import Factory

/// Does by command what `r` does by keys: plan, confirm, watch to the end.
struct MoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move", abstract: "Plan a move of nodes and, when confirmed, carry it out and wait for its end.",
        discussion: """
            Pools: training, spare, inference (the class with the worst service level), inference/CLASS. \
            Without a confirmation it prints the plan and what would confirm it. Where a daemon of this host has the \
            plant, it is asked. A simulation of its own runs for --at plant seconds first, and then as fast as it can \
            until the move ends.
            """)

    @OptionGroup var options: PlantOptions

    @Option(name: .long, help: "Receiving pool.")
    var to: String

    @Option(
        name: .long, help: "Donor pool (default: the planner's choice: spare, elastic surplus, least work at risk).")
    var from: String?

    @Option(
        name: .long, parsing: .unconditional,
        help: "How many nodes to move (default: 1, or as many as --node names).")
    var nodes: Int?

    @Option(name: .long, help: "A node that must be among them, by its name; again for each. Others fill up --nodes.")
    var node: [String] = []

    @Option(
        name: .customLong("plant-nodes"), parsing: .unconditional,
        help: "Simulation: number of nodes of the plant, 1 to 10000 (default: 64).")
    var plantNodes: Int?

    @Flag(name: .long, help: "Slurm: put the jobs of busy nodes back into the queue instead of waiting for their end.")
    var requeue = false

    @Flag(
        name: .long,
        help: "Print the plan and its commands, and change nothing: status 0 unless a guard rail refuses the plan.")
    var dryRun = false

    @Flag(name: .long, help: "Confirm a plan that loses nothing and moves at most 5 % of the plant.")
    var yes = false

    @Option(
        name: .long,
        help: "Confirm a plan that loses work, or moves more than 5 %: the name of the job or pool that loses.")
    var confirm: String?

    @Option(name: .long, help: "Confirm a plan that moves more than 20 %: why; it is flagged in the audit.")
    var reason: String?

    @Option(
        name: .long, parsing: .unconditional,
        help: "Simulation: plant seconds to run before planning, 0 to 2592000 (default: 600).")
    var at: Double?

    func validate() throws {
        guard (0...2_592_000).contains(at ?? 0) else {
            throw ValidationError("--at must be from 0 to 2592000 seconds (30 days).")
        }
        _ = try PlantSize(plantNodes, flag: "--plant-nodes")
        guard nodes ?? 1 >= 1 else { throw ValidationError("--nodes must be at least 1.") }
        guard nodes ?? .max >= selected.count else {
            throw ValidationError(
                "--node names \(Words.count(selected.count, "node")), --nodes says \(nodes ?? 1): leave --nodes out.")
        }
    }

    /// The nodes of `--node`, each once, in their order.
    private var selected: [NodeID] {
        var seen: Set<String> = []
        return node.filter { seen.insert($0).inserted }.map { NodeID($0) }
    }

    func run() async throws {
        do {
            try await move()
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }
}

extension MoveCommand {
    private func move() async throws {
        var hand = try await plantAtHand()
        let before = try await hand.look()
        let preview = try await plan(on: before, through: hand)
        PlanText(preview).lines.forEach(Output.line)
        if dryRun { preview.commands.forEach { Output.line("RUNS   \($0)") } }
        // On a screen somebody sees that others go instead; a command with --yes must not move what nobody named.
        let missing = Set(selected).subtracting(preview.takes.flatMap(\.nodes))
        if !missing.isEmpty {
            let why = preview.staying ?? missing.sorted().map { "\($0) cannot go" }
            throw Complaint("refused: \(why.joined(separator: "; "))", .refused)
        }
        if case .refused(let why) = preview.tier {
            // A dry run asks what would be done: that nothing may be sent here and now is no refusal of the plan.
            if dryRun, !preview.isRefused { return }
            throw Complaint("refused: \(why)", .refused)
        }
        if dryRun { return }
        let confirmation = try confirmation(for: preview.tier)
        hand.heedSignals()
        let outcome = await hand.plant.perform(
            .submit(preview.decision, at: preview.revision, confirmation), by: hand.who)
        guard outcome.verdict == .accepted else {
            throw Complaint(
                "\(outcome.verdict.rawValue): \(outcome.text)", outcome.verdict == .refused ? .refused : .failed)
        }
        Output.line(outcome.text)
        let ended: MoveStatus
        do {
            ended = try await watch(preview.decision, from: before, through: &hand)
        } catch let interruption as Interruption {
            Output.complain(await Self.parting(from: preview.decision, interruption, through: hand))
            await hand.leave()
            Signals.end(by: interruption.number)
        }
        await hand.leave()
        Output.line(MovesText.line(ended))
        guard ended.phase == .done else {
            throw Complaint("\(ended.decision) ended \(ended.phase.rawValue), not done", .moveNotDone)
        }
    }

    /// What becomes of a decision whose command is asked to end: a plan that waits is taken back, a move goes on.
    private static func parting(
        from decision: DecisionID, _ interruption: Interruption, through hand: any PlantAtHand
    ) async -> String {
        if !interruption.hasBegun {
            let outcome = await hand.plant.perform(.decline(decision), by: hand.who)
            if outcome.verdict == .accepted { return outcome.text }
        }
        return
            "\(decision) goes on without this command: 'tokenworks moves' shows it, A in 'tokenworks attach' aborts it"
    }

    /// How the wait for a second operator stands, as the audit has it: a picture a second may miss all of it.
    private enum Wait {
        /// There is none, or somebody approved.
        case none
        case stands
        /// No move begins: why, in a sentence.
        case over(String)
    }

    private static func wait(of decision: DecisionID, through hand: any PlantAtHand) async -> Wait {
        let records = await hand.plant.audit(limit: 200)
        let last = records.first { $0.decision == decision && ($0.kind == .waiting || $0.kind.endsWaiting) }
        return switch last?.kind {
        case .waiting: .stands
        case .declined: .over("\(decision) is declined by \(last?.by ?? "-"): nothing was sent")
        case .withdrawn: .over("\(decision) was taken back by \(last?.by ?? "-"): nothing was sent")
        case .lapsed: .over(last?.text ?? "")
        default: .none
        }
    }

    private func plantAtHand() async throws -> any PlantAtHand {
        if let daemon = try DaemonChoice(options, isOwn: plantNodes != nil || at != nil) {
            let visit = try await DaemonVisit(daemon, program: "move")
            Output.complain("the plant of the daemon at \(daemon.address)")
            return visit
        }
        let size = try PlantSize(plantNodes, flag: "--plant-nodes")
        let assembly = try await Assembly(options.settled(size: size), reading: dryRun)
        assembly.notes.forEach(Output.complain)
        return OwnPlant(assembly, at: at, interval: options.interval ?? 2)
    }

    private func plan(on snapshot: FactorySnapshot, through hand: any PlantAtHand) async throws -> PlanPreview {
        let draft = Draft(
            to: try PoolArgument(to).pool(on: snapshot, flag: "--to"),
            from: try from.flatMap { try PoolArgument($0).pool(on: snapshot, flag: "--from") },
            nodes: nodes ?? max(1, selected.count), preferred: selected, route: requeue ? .requeue : nil)
        switch await hand.plant.plan(draft, by: hand.who) {
        case .preview(let preview): return preview
        case .impossible(let why): throw Complaint("refused: \(why)", .refused)
        }
    }

    /// The confirmation that was given, when it is the one that the plan asks for.
    private func confirmation(for tier: ConfirmationTier) throws -> Confirmation {
        switch tier {
        case .yes where yes: return .yes
        case .typeName(let name) where confirm == name: return .name(name)
        case .reason:
            if let reason, !reason.trimmingPrefix(while: \.isWhitespace).isEmpty { return .reason(reason) }
        default: break
        }
        throw Complaint("nothing was done: \(PlanText.wanted(by: tier))", .needsConfirmation)
    }

    /// Waits for the end of a move, and for its outcome to be compared with the forecast; prints each step of each unit as it is taken.
    private func watch(
        _ decision: DecisionID, from before: FactorySnapshot, through hand: inout any PlantAtHand
    ) async throws -> MoveStatus {
        var said: [NodeID: String] = [:]
        var missed = 0
        var waits = false
        // A day of a simulation: longer than any step's deadline. A real drain lasts as long as people's jobs, and who goes
        // away from it leaves its nodes to nobody.
        let deadline = before.kind == .live ? nil : before.at + Seconds(86_400)
        while true {
            let snapshot: FactorySnapshot
            do {
                snapshot = try await hand.advance()
            } catch var interruption as Interruption {
                interruption.hasBegun = !said.isEmpty
                throw interruption
            }
            guard let status = (snapshot.moves + snapshot.earlierMoves).first(where: { $0.decision == decision }) else {
                if let request = snapshot.room?.requests.first(where: { $0.decision == decision }) {
                    if !waits { Output.line("waits for a second operator, \(Words.duration(request.left)) at most") }
                    (waits, missed) = (true, 0)
                    continue
                }
                switch await Self.wait(of: decision, through: hand) {
                case .over(let why): throw Complaint(why, .refused)
                case .stands: continue
                case .none: break
                }
                // Pictures that were on their way when a daemon accepted do not have it yet.
                missed += 1
                if missed < 10 { continue }
                throw Complaint("\(decision) is accepted but not among the moves; see tokenworks audit show", .failed)
            }
            for unit in status.units {
                let word =
                    unit.problem ?? (unit.isFinished ? unit.phase.rawValue : unit.step?.rawValue ?? unit.phase.rawValue)
                if said[unit.node] != word {
                    said[unit.node] = word
                    Output.line("\(snapshot.at.clock) \(unit.node) \(word)")
                }
            }
            if !status.isOpen, status.outcome != nil || status.phase != .done { return status }
            if let deadline, snapshot.at >= deadline {
                throw Complaint("\(decision) is still open after 24 h; see tokenworks moves", .moveNotDone)
            }
        }
    }
}
