// SPDX-License-Identifier: Apache-2.0

import Factory

/// The room of those who are attached: the helm and its lease, and plans that wait for a second operator.
///
/// Deadlines are of a steady clock: a step of the wall clock neither takes the helm from anybody nor ends a wait.
struct SharedRoom: Sendable {
    /// For how long somebody whose link dropped keeps the helm. Unit: s.
    static let lease = 30.0
    /// For how long a second operator is waited for. Unit: s.
    static let patience = 300.0
    /// For how long one who waited in vain may act alone. Unit: s.
    static let alone = 600.0

    /// A confirmed plan that waits.
    struct Wanted: Sendable {
        var request: ControlRoom.Request
        /// What was asked for and is shown to whoever approves: this begins, whatever is planned meanwhile.
        var preview: PlanPreview
        var confirmation: Confirmation
        var until: Double
    }

    /// What time brought about.
    struct News {
        /// Who lost the helm because they are gone.
        var lapsed: String?
        /// What nobody answered.
        var unanswered: [Wanted] = []
        var isChanged = false
    }

    private(set) var people: [ControlRoom.Person] = []
    private(set) var helm: ControlRoom.Helm?
    private(set) var wanted: [Wanted] = []
    private var leaseEnds = 0.0
    private var excused: [String: Excuse] = [:]

    /// What somebody who waited in vain may do alone: the same, or less of it.
    private struct Excuse {
        var to: Pool
        var units: Int
        var until: Double
    }

    /// The room as everybody sees it.
    func seen(at now: Double) -> ControlRoom {
        let requests = wanted.map { wanted in
            var request = wanted.request
            request.left = Seconds(max(0, (wanted.until - now).rounded(.up)))
            return request
        }
        return ControlRoom(helm: helm, people: people, requests: requests)
    }

    /// Who is there now.
    mutating func attend(_ present: [ControlRoom.Person], at now: Double) -> News {
        var news = News()
        news.isChanged = present != people || !wanted.isEmpty
        people = present
        if let helm {
            if present.contains(where: { $0.name == helm.by && $0.mayAct }) {
                leaseEnds = now + Self.lease
            } else if now >= leaseEnds {
                news.lapsed = helm.by
                self.helm = nil
            }
        }
        news.unanswered = wanted.filter { now >= $0.until }
        wanted.removeAll { now >= $0.until }
        for old in news.unanswered {
            excused[old.request.by] = Excuse(
                to: old.preview.to, units: old.preview.units, until: now + Self.alone)
        }
        excused = excused.filter { now < $0.value.until }
        news.isChanged = news.isChanged || news.lapsed != nil
        return news
    }

    /// - Returns: who had it before, if somebody else did.
    mutating func takeHelm(
        _ name: String, since: PlantTime, wall: Double, at now: Double
    ) -> ControlRoom.Helm? {
        leaseEnds = now + Self.lease
        guard helm?.by != name else { return nil }
        defer { helm = ControlRoom.Helm(by: name, since: since, wall: wall) }
        return helm
    }

    /// - Returns: whether it was theirs to leave.
    mutating func leaveHelm(_ name: String) -> Bool {
        guard helm?.by == name else { return false }
        helm = nil
        return true
    }

    /// Operators that a plan of somebody has to wait for: nobody where they are alone, or have waited in vain.
    func mustWait(_ name: String, for plan: PlanPreview, at now: Double) -> [String] {
        isExcused(name, for: plan, at: now) ? [] : seen(at: now).others(than: name)
    }

    /// Whether somebody acts alone because nobody answered, not because nobody is there.
    func isExcused(_ name: String, for plan: PlanPreview, at now: Double) -> Bool {
        excused[name].map { now < $0.until && plan.to == $0.to && plan.units <= $0.units } ?? false
    }

    /// Once.
    mutating func useExcuse(_ name: String) { excused[name] = nil }

    mutating func want(_ new: Wanted) {
        // Asked again: the newest words count, and the wait begins anew.
        wanted.removeAll { $0.request.decision == new.request.decision }
        wanted.append(new)
    }

    func wanted(_ decision: DecisionID) -> Wanted? { wanted.first { $0.request.decision == decision } }

    mutating func drop(_ decision: DecisionID) { wanted.removeAll { $0.request.decision == decision } }
}
