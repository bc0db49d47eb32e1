// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What changes where several are attached: one steers, and a large move needs a second pair of eyes.
extension CommandDesk {
    /// Says who is attached; from the first time on the plant is one that several share.
    ///
    /// - Returns: whether there is anything new to show.
    package func attend(_ people: [ControlRoom.Person]) -> Bool {
        let isFirst = shared == nil
        var room = shared ?? SharedRoom()
        let news = room.attend(people, at: steady())
        shared = room
        if let name = news.lapsed {
            let text = "\(name) is gone: the helm is free"
            recordOrOwe([entry(.helm, by: "tokenworks", text)])
            tell(.change, text)
        }
        for wanted in news.unanswered {
            let request = wanted.request
            let text =
                "\(request.decision): nobody answered \(request.by) within \(Words.duration(Seconds(SharedRoom.patience))); "
                + "\(request.by) may confirm it alone now"
            recordOrOwe([entry(.lapsed, by: "tokenworks", decision: request.decision, text)])
            tell(.change, text)
        }
        let isOutdated = dropOutdated()
        return isFirst || news.isChanged || isOutdated
    }

    /// A plan of another allocation cannot begin whoever approves it.
    ///
    /// - Parameter all: whether the allocation has begun to change, which the next snapshot says.
    @discardableResult
    func dropOutdated(all: Bool = false) -> Bool {
        let old = shared?.wanted.filter { all || $0.preview.revision != snapshot?.revision } ?? []
        for wanted in old {
            let request = wanted.request
            shared?.drop(request.decision)
            let text = "\(request.decision) waits no more: the allocation changed; \(request.by) plans it again"
            recordOrOwe([entry(.lapsed, by: "tokenworks", decision: request.decision, text)])
            tell(.page, text)
        }
        return !old.isEmpty
    }

    /// The room closes with its plant: who asks again asks the next one.
    func closeRoom() {
        for wanted in shared?.wanted ?? [] {
            let request = wanted.request
            shared?.drop(request.decision)
            let text = "\(request.decision) of \(request.by) waits no more: the daemon was ended; nothing was sent"
            recordOrOwe([entry(.lapsed, by: "tokenworks", decision: request.decision, text)])
        }
    }

    /// Why a command is not for this operator now; takes the helm for them where it is free.
    func helmRefusal(of command: PlantCommand, by who: Operator) -> CommandOutcome? {
        if let why = whyNoHelm(for: command, who) { return CommandOutcome(command, .refused, why) }
        if command.needsHelm { takeFreeHelm(by: who.name) }
        return nil
    }

    /// Why a command is not for this operator now.
    func whyNoHelm(for command: PlantCommand, _ who: Operator) -> String? {
        guard command.needsHelm else { return nil }
        return shared?.seen(at: steady()).whyNoHelm(who.name).map { "\($0): nothing was sent; h takes it over." }
    }

    /// Takes the helm that nobody has; whoever has it keeps it.
    package func takeFreeHelm(by who: String) {
        guard var room = shared, room.helm == nil else { return }
        _ = room.takeHelm(who, since: now, wall: wall(), at: steady())
        shared = room
        let text = "\(who) has the helm, which was free"
        recordOrOwe([entry(.helm, by: who, text)])
        tell(.change, text)
    }

    func takeHelm(by who: String) -> CommandOutcome {
        guard var room = shared else { return CommandOutcome(.takeHelm, .refused, Self.unshared) }
        let before = room.takeHelm(who, since: now, wall: wall(), at: steady())
        if room.helm == shared?.helm { return CommandOutcome(.takeHelm, .accepted, "You have the helm already.") }
        shared = room
        let text =
            before.map { "\(who) took the helm from \($0.by), who had it since \($0.since.clock)" }
            ?? "\(who) has the helm"
        recordOrOwe([entry(.helm, by: who, text)])
        tell(.change, text)
        return CommandOutcome(.takeHelm, .accepted, text + ".")
    }

    func leaveHelm(by who: String) -> CommandOutcome {
        guard shared != nil else { return CommandOutcome(.leaveHelm, .refused, Self.unshared) }
        guard shared?.leaveHelm(who) == true else {
            return CommandOutcome(.leaveHelm, .refused, "You do not have the helm: there is nothing to leave.")
        }
        let text = "\(who) left the helm: it is free"
        recordOrOwe([entry(.helm, by: who, text)])
        tell(.change, text)
        return CommandOutcome(.leaveHelm, .accepted, text + ".")
    }

    /// Has a confirmed plan wait for a second operator; nil where it need not.
    func waiting(_ preview: PlanPreview, _ asked: Asked, _ confirmation: Confirmation) -> CommandOutcome? {
        guard case .reason(let reason) = confirmation, var room = shared else { return nil }
        let others = room.mustWait(asked.by, for: preview, at: steady())
        guard !others.isEmpty else { return nil }
        let span = Words.duration(Seconds(SharedRoom.patience))
        let text =
            "\(preview.decision) waits for a second operator: \(others.joined(separator: " or ")) approves with V "
            + "within \(span)."
        let request = ControlRoom.Request(
            decision: preview.decision, by: asked.by, what: what(preview), price: Self.price(preview), reason: reason,
            details: Self.details(preview), left: Seconds(SharedRoom.patience))
        let outcome = end(
            asked, .accepted, as: .waiting, text,
            [
                AuditKey.reason: reason, AuditKey.what: request.what, "waits_for": others.joined(separator: ";"),
                AuditKey.until: PlantTime(epoch: wall() + SharedRoom.patience).iso8601,
            ])
        guard outcome.verdict == .accepted else { return outcome }
        room.want(
            SharedRoom.Wanted(
                request: request, preview: preview, confirmation: confirmation, until: steady() + SharedRoom.patience))
        shared = room
        tell(.change, "\(asked.by) asks for a second operator: \(preview.decision), \(request.what): \(reason)")
        return outcome
    }

    func approve(_ decision: DecisionID, by who: String) async -> CommandOutcome {
        switch ask(.approve(decision), "approve \(decision)", decision: decision, by: who) {
        case .failure(let refusal): return refusal.outcome
        case .success(let asked):
            guard let wanted = shared?.wanted(decision) else {
                return end(asked, .refused, "\(decision) does not wait for anybody: M shows what became of it.")
            }
            guard wanted.request.by != who else {
                return end(asked, .refused, "\(decision) is yours: somebody else has to approve it.")
            }
            if let helm = shared?.helm, helm.by != who, helm.by != wanted.request.by {
                return end(
                    asked, .refused,
                    "\(helm.by) has the helm and neither asked for \(decision) nor approves it: nothing was sent; h takes it over."
                )
            }
            let outcome = end(
                asked, .accepted, as: .approved, "\(decision) of \(wanted.request.by) is approved by \(who).")
            guard outcome.verdict == .accepted else { return outcome }
            shared?.drop(decision)
            tell(.change, "\(who) approved \(decision) of \(wanted.request.by)")
            let begun = await submit(
                decision, at: wanted.preview.revision, wanted.confirmation, by: wanted.request.by,
                approved: (preview: wanted.preview, by: who))
            guard begun.verdict != .accepted else {
                return CommandOutcome(.approve(decision), .accepted, begun.text)
            }
            tell(.page, "\(decision) was approved and cannot begin: \(begun.text)")
            return CommandOutcome(.approve(decision), begun.verdict, "Approved, and not begun: \(begun.text)")
        }
    }

    /// By a second operator, or taken back by the one who asked.
    func decline(_ decision: DecisionID, by who: String) -> CommandOutcome {
        switch ask(.decline(decision), "decline \(decision)", decision: decision, by: who) {
        case .failure(let refusal): return refusal.outcome
        case .success(let asked):
            guard let wanted = shared?.wanted(decision) else {
                return end(asked, .refused, "\(decision) does not wait for anybody: M shows what became of it.")
            }
            let isOwn = wanted.request.by == who
            let text = isOwn ? "\(who) took \(decision) back" : "\(who) declined \(decision) of \(wanted.request.by)"
            let outcome = end(asked, .accepted, as: isOwn ? .withdrawn : .declined, text + ": nothing was sent.")
            guard outcome.verdict == .accepted else { return outcome }
            shared?.drop(decision)
            tell(.change, text)
            return outcome
        }
    }

    /// How the audit flags a large move, by who confirmed it.
    func flags(_ preview: PlanPreview, by: String, approvedBy: String?) -> [String: String] {
        if let approvedBy { return ["approved_by": approvedBy] }
        guard shared?.isExcused(by, for: preview, at: steady()) == true else {
            return [AuditKey.flag: "alone above the limit"]
        }
        return [AuditKey.flag: "alone above the limit: nobody answered"]
    }

    private static let unshared = "This plant is yours alone: a helm is for those who attach to one that is served."

    private func what(_ preview: PlanPreview) -> String {
        let count = preview.units
        let from = preview.takes.map(\.from.shortName).reduce(into: [String]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        let share = Double(count) / Double(max(1, snapshot?.nodes.count ?? 0))
        return "\(Words.count(count, "node")) \(from.joined(separator: " + ")) -> \(preview.to.shortName), "
            + "\(Int((share * 100).rounded())) % of the plant"
    }

    /// Which nodes of whom, in how many waves, and what the rails warn of.
    private static func details(_ preview: PlanPreview) -> [String] {
        let takes = preview.takes.map { take in
            let whose = take.jobName.isEmpty ? "" : " of job \(take.jobName)"
            let lost = take.lost > .zero ? ", \(Words.work(take.lost)) lost" : ""
            return "\(Words.ranges(take.nodes, limit: 6)) from \(take.from.shortName)\(whose)\(lost)"
        }
        let waves = preview.waves.count > 1 ? ["in \(preview.waves.count) waves"] : []
        let warnings = preview.verdicts.filter { $0.verdict == .warn }.map { "rail \($0.rail) warns: \($0.text)" }
        return takes + waves + warnings
    }

    private static func price(_ preview: PlanPreview) -> String {
        let lost = preview.forecast.lost.map { "\(Words.work($0)) lost" }
        let ready = preview.forecast.ready.map { "ready in \(Words.duration($0))" }
        return [lost, ready].compactMap { $0 }.joined(separator: ", ")
    }
}

extension PlanPreview {
    /// Nodes that it moves.
    var units: Int { takes.reduce(0) { $0 + $1.nodes.count } }
}

extension PlantCommand {
    /// Whether only who has the helm may ask for it. Holding never needs it, nor does a second operator's word.
    var needsHelm: Bool {
        switch self {
        case .submit, .abort, .releaseHold, .setSpeed: true
        case .hold, .visit, .takeHelm, .leaveHelm, .approve, .decline: false
        }
    }
}
