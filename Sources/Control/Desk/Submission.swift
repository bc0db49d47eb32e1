// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// From a confirmed plan to a running move.
extension CommandDesk {
    /// - Parameter approved: the plan that waited for a second operator, as it was asked for; nil: the open plan.
    func submit(
        _ decision: DecisionID, at revision: AllocationRevision, _ confirmation: Confirmation, by who: String,
        approved: (preview: PlanPreview, by: String)? = nil
    ) async -> CommandOutcome {
        let command = PlantCommand.submit(decision, at: revision, confirmation)
        let given = ["revision": String(revision.number), "confirmation": confirmation.words]
        switch ask(command, "submit \(decision)", decision: decision, by: who, given) {
        case .failure(let refusal): return refusal.outcome
        case .success(let asked):
            if let move = moves[decision] {
                let state = move.isOpen ? "is under way" : "has ended (\(move.status.phase.rawValue))"
                return end(asked, .accepted, "\(decision) was submitted before and \(state): nothing was sent twice.")
            }
            switch judge(decision, approved?.preview, at: revision, confirmation) {
            case .failure(let refusal): return end(asked, .refused, refusal.text, refusal.details)
            case .success(let preview):
                if approved == nil, let outcome = waiting(preview, asked, confirmation) { return outcome }
                return await start(preview, asked, confirmation, approved?.by)
            }
        }
    }

    /// A sentence for the operator, and what the audit should keep of it.
    private struct Objection: Error {
        var text: String
        var details: [String: String] = [:]
    }

    /// The last look before anything is sent, on the newest snapshot; there is no `await` between it and the record.
    private func judge(
        _ decision: DecisionID, _ approved: PlanPreview?, at revision: AllocationRevision, _ confirmation: Confirmation
    ) -> Result<PlanPreview, Objection> {
        guard let snapshot else {
            return .failure(Objection(text: "No source has answered yet: nothing can be moved."))
        }
        guard var preview = approved ?? shelf.preview(decision) else {
            return .failure(
                Objection(text: "There is no open plan \(decision): the allocation has changed since, plan again."))
        }
        guard revision == preview.revision, revision == snapshot.revision else {
            return .failure(Objection(text: "\(decision) was planned on another allocation: plan again."))
        }
        if isHeld { return .failure(Objection(text: "HOLD is on: release it before you submit \(decision).")) }
        if let text = preview.objection(to: confirmation) { return .failure(Objection(text: text)) }
        let verdicts = planner.recheck(preview, on: decorated(snapshot))
        if let failed = verdicts.decisive {
            let text = "\(decision) is refused by rail \(failed.rail), \(failed.name): \(failed.text)"
            return .failure(Objection(text: text, details: ["verdicts": Self.words(verdicts)]))
        }
        // The audit keeps what decided, not what was shown.
        preview.verdicts = verdicts
        return .success(preview)
    }

    private func start(
        _ preview: PlanPreview, _ asked: Asked, _ confirmation: Confirmation, _ approvedBy: String?
    ) async -> CommandOutcome {
        let actuator = actuator
        let reason: String? = if case .reason(let words) = confirmation { words } else { nil }
        let alone = approvedBy == nil ? reason : nil
        let machine = MoveMachine(preview, by: asked.by, alone: alone, at: now) { actuator?.commands(for: $0) ?? [] }
        let status = machine.status
        let what = status.words
        var details = MoveJournal.details(of: status)
        details["verdicts"] = Self.words(preview.verdicts)
        details["tier"] = preview.tier.words
        details["inputs_sha256"] = digest(of: preview)
        if let reason {
            details.merge(flags(preview, by: asked.by, approvedBy: approvedBy)) { $1 }
            shared?.useExcuse(asked.by)
            details[AuditKey.reason] = reason
        }
        let outcome = end(
            asked, .accepted, "\(preview.decision) is accepted: \(what)\(Self.putBack(preview)).", details)
        guard outcome.verdict == .accepted else { return outcome }
        shared?.drop(preview.decision)
        unsettled.insert(preview.decision)
        moves[preview.decision] = DeskMove(machine, watched: preview.watched.map(Pool.inference))
        // Every other open plan was priced without this one.
        shelf.empty()
        dropOutdated(all: true)
        tell(.move, status.submitted)
        if let sentence = status.aloneSentence { tell(.page, sentence) }
        await drive(preview.decision, .start(at: now))
        return outcome
    }

    /// What the decision was made on, in a form that can be made again from a recording.
    private func digest(of preview: PlanPreview) -> String {
        guard let snapshot else { return "" }
        var words = ["\(snapshot.plant) \(snapshot.at.epoch) \(snapshot.revision.number)"]
        words += LedgerState.allCases.map { "\($0.rawValue) \(snapshot.ledger[$0])" }
        words += snapshot.pools.map { pool in
            "\(pool.pool) \(pool.nodes) \(pool.floor) \(Self.number(pool.waiting)) \(Self.number(pool.arrivals))"
        }
        words += preview.takes.map { "\($0.from) \($0.job?.name ?? "") \($0.nodes.map(\.name)) \($0.lost.value)" }
        return AuditLine.sha256(Array(words.joined(separator: "\n").utf8))
    }

    private static func number<M: Measure>(_ reading: Reading<M>) -> String {
        reading.known.map { String($0.value) } ?? "-"
    }

    /// Whose jobs a plan puts back: whoever reads the audit for them the next morning finds them by name.
    private static func putBack(_ preview: PlanPreview) -> String {
        let jobs = preview.takes.filter { $0.route == .requeue }.flatMap { $0.jobs ?? [] }
        if jobs.isEmpty { return "" }
        let names = Set(jobs.map { "job \($0.id) \($0.name) of \($0.owner.isEmpty ? "somebody" : $0.owner)" }).sorted()
        return "; it puts \(Words.names(names)) back into the queue"
    }

    private static func words(_ verdicts: [RailVerdict]) -> String {
        let told = verdicts.filter { $0.verdict > .ok }.map { "\($0.rail) \($0.verdict.rawValue): \($0.text)" }
        return (["\(verdicts.count { $0.verdict == .ok }) ok"] + told).joined(separator: "; ")
    }
}

extension Confirmation {
    /// As the audit keeps it.
    var words: String {
        switch self {
        case .yes: "yes"
        case .name(let name): "name: \(name)"
        case .reason(let reason): "reason: \(reason)"
        }
    }
}

extension ConfirmationTier {
    /// As the audit keeps it.
    var words: String {
        switch self {
        case .yes: "yes"
        case .typeName(let name): "type name: \(name)"
        case .reason: "reason"
        case .refused(let why): "refused: \(why)"
        }
    }
}

extension PlanPreview {
    /// Why the confirmation is not the one that the plan asks for; nil when it is.
    func objection(to confirmation: Confirmation) -> String? {
        if case .refused(let why) = tier { return why }
        if isRefused {
            return verdicts.decisive.map { "\(decision) is refused by rail \($0.rail), \($0.name): \($0.text)" }
                ?? "\(decision) takes no node: there is nothing to submit."
        }
        switch (tier, confirmation) {
        case (.yes, .yes): return nil
        case (.typeName(let wanted), .name(let given)) where wanted == given: return nil
        case (.reason, .reason(let text)):
            return text.contains { $0.isLetter } ? nil : "\(decision) needs a reason in words."
        case (.yes, _): return "\(decision) is confirmed by 'y' and nothing else."
        case (.typeName(let wanted), _): return "\(decision) is confirmed by the name of what loses: type '\(wanted)'."
        case (.reason, _): return "\(decision) moves more than the limit: it is confirmed by a reason in words."
        case (.refused(let why), _): return why
        }
    }
}
