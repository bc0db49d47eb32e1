// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Keys that change the plant: each asks, and the desk decides.
extension DashboardState {
    /// `A` without a move selected: the only open one, or the list to choose from.
    mutating func abortOnly() -> [Effect] {
        let open = newest.moves.filter(\.isOpen)
        switch open.count {
        case 0:
            // The newest alone: who presses A twice wants the same move back, not an older one that went well.
            guard let last = (newest.moves + newest.earlierMoves).max(by: { $0.decision < $1.decision }) else {
                say(Notice("no move is running, and none is known that could be taken back"))
                return []
            }
            guard last.left != nil || newest.reversible(last.decision).flatMap(reversal) != nil else {
                say(Notice("\(last.decision) has ended and moved nothing that could go back; M has the others"))
                return []
            }
            return abort(last.decision)
        case 1: return abort(open[0].decision)
        default:
            let effects = self.open(.moves)
            say(Notice("\(open.count) moves run: select one, A aborts it"))
            return effects
        }
    }

    /// Free before LOSS: one question. After it: the way back of what has arrived is drafted, and confirmed like any plan.
    mutating func abort(_ decision: DecisionID) -> [Effect] {
        guard let move = newest.reversible(decision) else {
            let earlier = newest.earlierMoves.first { $0.decision == decision }
            say(
                Notice(
                    earlier?.left.map { "\(decision): \($0)" }
                        ?? (earlier == nil
                            ? "\(decision) is not known any more"
                            : "\(decision) was of an earlier run of this simulation, which began anew since")))
            return []
        }
        if move.isOpen, move.phase != .aborting, let question = abortQuestion(move) {
            self.question = question
            return []
        }
        guard let draft = reversal(of: move) else {
            say(
                Notice(
                    move.isOpen
                        ? "\(decision) is past LOSS or going back: once a unit has arrived, A drafts the way back"
                        : "\(decision) moved nothing that could go back"))
            return []
        }
        return open(.plan(draft))
    }

    private func abortQuestion(_ move: MoveStatus) -> Question? {
        let back = move.returnable
        let past = move.units.count { $0.pastLoss && !$0.isFinished }
        guard back > 0 else { return nil }
        let rest =
            past == 0
            ? (move.lost > .zero
                ? "free from here, \(Words.work(move.lost)) are lost already" : "free, nothing is lost yet")
            : "\(back) go back free, \(past) past LOSS finish where they are"
        let later = newest.mode == .hold ? "; it goes back when HOLD is released" : ""
        return Question("abort \(move.decision): \(rest)\(later)", effect: .perform(.abort(move.decision)))
    }

    /// A question whose answer would not be what it says any more is taken back.
    mutating func checkQuestion() {
        guard let question, case .perform(let command) = question.effect else { return }
        switch command {
        case .abort(let decision):
            let move = newest.moves.first { $0.decision == decision && $0.isOpen && $0.phase != .aborting }
            if move.flatMap(abortQuestion) == question { return }
            say(Notice("\(decision) has moved on: A asks again"))
        case .releaseHold:
            if newest.mode == .hold { return }
            say(Notice("HOLD is off already"))
        case .takeHelm:
            if let helm = newest.room?.helm, helm.by != you.name, question.text.contains(" \(helm.by),") { return }
            say(Notice("the helm has changed hands: h asks again"))
        default: return
        }
        self.question = nil
    }

    private func reversal(of move: MoveStatus) -> Draft? {
        let gone = move.units.filter { $0.phase == .done }
        guard let home = gone.first?.from else { return nil }
        // Each unit goes back to its own donor; the draft names a pool only where that is the same for all.
        let isOne = gone.allSatisfy { $0.from == home }
        return Draft(
            to: isOne ? home : nil, from: move.to, nodes: gone.count, preferred: gone.map(\.node),
            reverses: move.decision)
    }

    /// One key, unconfirmed; releasing is confirmed.
    mutating func hold() -> [Effect] {
        guard newest.mode == .hold else { return [.perform(.hold)] }
        let waiting = newest.moves.filter(\.isOpen).count
        var what =
            waiting == 0 ? "no move waits for it" : "\(Words.count(waiting, "move")) \(waiting == 1 ? "goes" : "go") on"
        let lost = putBackByRelease
        if !lost.isEmpty {
            what +=
                " and \(lost.count == 1 ? "puts" : "put") \(Words.names(lost)) back into the queue: what is not saved is lost"
        }
        question = Question("release HOLD: \(what)", effect: .perform(.releaseHold))
        return []
    }

    /// Whose jobs the moves that wait would put back: their names were typed before, perhaps in another process.
    private var putBackByRelease: [String] {
        var ids: [JobID] = []
        for move in newest.moves where move.isOpen && move.phase != .aborting {
            for unit in move.units where unit.route == .requeue && !unit.pastLoss && !unit.isFinished {
                for id in unit.confirmed ?? unit.job.map({ [$0] }) ?? [] where !ids.contains(id) { ids.append(id) }
            }
        }
        return ids.map { id in
            guard let job = newest.jobs.first(where: { $0.id == id }) else { return "job \(id)" }
            return "job \(id) \(job.name) of \(job.owner.isEmpty ? "somebody" : job.owner)"
        }
    }

    /// Free: taken. Yours: left. Somebody else's: taken over, after a question.
    mutating func helm() -> [Effect] {
        guard let room = newest.room else { return [] }
        guard let helm = room.helm else { return [.perform(.takeHelm)] }
        if helm.by == you.name { return [.perform(.leaveHelm)] }
        question = Question(
            "take the helm from \(helm.by), who has it since \(helm.since.clock)",
            effect: .perform(.takeHelm))
        return []
    }

    /// The plan that has waited longest and is somebody else's; else one's own, to take it back.
    mutating func vote() -> [Effect] {
        let requests = newest.room?.requests ?? []
        guard let request = requests.first(where: { $0.by != you.name }) ?? requests.first else { return [] }
        return open(.request(request.decision))
    }

    /// What is said when somebody else takes what was yours.
    func helmNotice(from old: ControlRoom?, to new: ControlRoom?) -> Notice? {
        guard old?.helm?.by == you.name, let helm = new?.helm, helm.by != you.name else { return nil }
        return Notice("\(helm.by) took the helm from you", isAlarm: true)
    }

    /// A plan that somebody else asks for is said once, and stands in the title as long as it waits.
    func requestNotice(from old: ControlRoom?, to new: ControlRoom?, _ moves: [MoveStatus]) -> Notice? {
        let known = Set(old?.requests.map(\.decision) ?? [])
        let still = Set(new?.requests.map(\.decision) ?? [])
        if let own = old?.requests.first(where: { $0.by == you.name && !still.contains($0.decision) }) {
            let hasBegun = moves.contains { $0.decision == own.decision }
            return Notice(
                hasBegun
                    ? "\(own.decision) was approved and has begun"
                    : "\(own.decision) waits no more and was not begun: a shows why", isAlarm: !hasBegun)
        }
        guard let request = new?.requests.first(where: { !known.contains($0.decision) && $0.by != you.name }) else {
            return nil
        }
        // No alarm: nothing is wrong with a question.
        return Notice("\(request.by) asks for a second operator: \(request.what); V answers")
    }

    /// The speeds that `+` and `-` go through: plant seconds per second.
    static let speeds: [Double] = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1200, 3600]

    mutating func changeSpeed(by step: Int) -> [Effect] {
        guard case .simulated(let speed, _, _) = newest.kind else { return [] }
        let next =
            step > 0 ? Self.speeds.first { $0 > speed } : Self.speeds.last { $0 < speed }
        guard let next else {
            say(Notice("x\(Figures.factor(speed)) is the \(step > 0 ? "highest" : "lowest") speed"))
            return []
        }
        return [.perform(.setSpeed(next))]
    }
}
