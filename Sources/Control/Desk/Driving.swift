// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// Between a move machine and the engine: journal, then act, one order at a time.
extension CommandDesk {
    /// Gives the machine an event and carries out what it asks for, until it asks for nothing more.
    func drive(_ decision: DecisionID, _ event: MoveEvent) async {
        if let snapshot { moves[decision]?.machine.reprice(on: snapshot) }
        var events = [event]
        while !events.isEmpty {
            var actions: [MoveAction] = []
            for event in events { actions += feed(event, to: decision) }
            events = await perform(actions, decision)
        }
        // ignored because what could not be written stays in `notes`, and the trouble is shown and retried.
        if !notes.isEmpty { _ = try? record([]) }
        for (kind, text, node) in moves[decision]?.news() ?? [] { tell(kind, text, node: node) }
    }

    /// Gives the machine an event; returns what is for the engine.
    func feed(_ event: MoveEvent, to decision: DecisionID) -> [MoveAction] {
        // The plant may have ended while the engine was asked: what comes after `interrupted` is nobody's step.
        guard moves[decision]?.stage == .running else { return [] }
        var orders: [MoveAction] = []
        for action in moves[decision]?.machine.input(event) ?? [] {
            switch action {
            case .perform, .ask: orders.append(action)
            // Kept for the next append: one sync for a wave, not one for each of its sentences.
            case .note(let text): notes.append(entry(.step, by: "tokenworks", decision: decision, text))
            case .turnedBack(let node, let problem, let text):
                notes.append(unitEntry(decision, node, text, [AuditKey.problem: problem]))
            case .ended(let node, let phase, let text):
                var details = [AuditKey.unitEnd: phase.rawValue]
                details[AuditKey.problem] = moves[decision]?.status.units.first { $0.node == node }?.problem
                notes.append(unitEntry(decision, node, text, details))
            case .finished(let phase): finish(decision, phase)
            }
        }
        return orders
    }

    /// Calls the engine, but no longer than patience lasts.
    func call<Answer: Sendable>(
        _ work: @escaping @Sendable (any Actuator) async throws(ActuatorError) -> Answer
    ) async -> Result<Answer, ActuatorError> {
        guard let actuator else {
            return .failure(ActuatorError(.refused, engine: "desk", text: observeOnly ?? "there is no engine"))
        }
        let answer = await Deadline.first(
            { () async -> Result<Answer, ActuatorError> in
                do throws(ActuatorError) {
                    return .success(try await work(actuator))
                } catch {
                    return .failure(error)
                }
            }, until: patience)
        return answer ?? .failure(ActuatorError(.unreachable, engine: actuator.name, text: "no answer in time"))
    }

    private func perform(_ actions: [MoveAction], _ decision: DecisionID) async -> [MoveEvent] {
        let orders = actions.compactMap { action in
            if case .perform(let order) = action { order } else { nil }
        }
        var events: [MoveEvent] = []
        if let obstacle = journal(orders) {
            events += orders.map { .performFailed($0, obstacle) }
        } else {
            for order in orders {
                if let error = await take(order) { events.append(.performFailed(order, error)) }
            }
        }
        for case .ask(let order) in actions {
            let answer = await unlessSilent { actuator throws(ActuatorError) in
                try await actuator.progress(of: order)
            }
            switch answer {
            case .success(let progress): events.append(.progress(order, progress))
            case .failure(let error):
                // An engine that does not answer is asked again with the next tick; a refusal will not change.
                events.append(
                    error.kind == .refused
                        ? .progress(order, .failed("\(error.engine): \(error.text)")) : .unanswered(order, error))
            }
        }
        return events
    }

    /// Records the orders before any is sent; returns what keeps them from being sent.
    private func journal(_ orders: [StepOrder]) -> ActuatorError? {
        guard !orders.isEmpty else { return nil }
        if isHeld { return Self.held }
        do throws(RecordsError) {
            // One that is told again for want of an answer is on the medium already.
            let new = orders.filter { moves[$0.decision]?.recorded[$0.node] != $0 }
            if !new.isEmpty { try record(new.map(stepEntry)) }
            for order in new { moves[order.decision]?.recorded[order.node] = order }
            return nil
        } catch {
            return ActuatorError(.unreachable, engine: "audit", text: error.text)
        }
    }

    /// Asks the engine, unless it has let somebody wait for nothing since the last tick began: each of twenty units would
    /// wait as long, and an abort behind them all.
    private func unlessSilent<Answer: Sendable>(
        _ work: @escaping @Sendable (any Actuator) async throws(ActuatorError) -> Answer
    ) async -> Result<Answer, ActuatorError> {
        if let silence { return .failure(silence) }
        let began = steady()
        let answer = await call(work)
        if case .failure(let error) = answer, error.kind == .unreachable, steady() - began > Self.longAnswer {
            silence = error
        }
        return answer
    }

    /// What an engine that answers at all does not take. Unit: s.
    private static let longAnswer = 1.0

    private func take(_ order: StepOrder) async -> ActuatorError? {
        // HOLD, or the end of the plant, may have come while the order before was sent.
        if isHeld { return Self.held }
        guard moves[order.decision]?.stage == .running else { return Self.ended }
        let answer = await unlessSilent { actuator throws(ActuatorError) in try await actuator.perform(order)
        }
        guard case .failure(let error) = answer else { return nil }
        return error
    }

    private func stepEntry(_ order: StepOrder) -> AuditEntry {
        let mark = order.step.mark.map { ", \($0.rawValue)" } ?? ""
        let move = moves[order.decision]?.status
        // The machine has counted what the step loses: a restart goes on counting from there.
        let lost = move.flatMap { $0.lost > .zero ? [AuditKey.lost: String($0.lost.value)] : nil } ?? [:]
        return AuditEntry(
            .step, at: now, by: move?.by ?? "tokenworks", decision: order.decision,
            node: order.node, step: order.step, mode: mode,
            text: "\(order.decision) \(order.node): \(order.step.rawValue)\(mark), \(order.from) -> \(order.to)",
            details: lost)
    }

    private func unitEntry(
        _ decision: DecisionID, _ node: NodeID, _ text: String, _ details: [String: String]
    ) -> AuditEntry {
        var entry = entry(.step, by: "tokenworks", decision: decision, text, details)
        entry.node = node
        return entry
    }

    private static let held = ActuatorError(.unreachable, engine: "desk", text: "HOLD is on")
    private static let ended = ActuatorError(.unreachable, engine: "desk", text: "the move has ended")
}
