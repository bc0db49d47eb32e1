// SPDX-License-Identifier: Apache-2.0

/// All that a dashboard or a command sees of a plant, local or remote.
package protocol Plant: Sendable {
    /// Snapshots as they come; a slow reader gets the newest and misses the ones between. Ends with the plant.
    func snapshots() async -> AsyncStream<FactorySnapshot>

    /// Prices a draft. Nothing is sent; the preview can be submitted by its decision until the allocation changes.
    func plan(_ draft: Draft, by who: Operator) async -> PlanAnswer

    /// Carries out a command, or says why not. Returns when it is accepted or refused, not when a move is done.
    func perform(_ command: PlantCommand, by who: Operator) async -> CommandOutcome

    /// The last records of the audit, newest first.
    func audit(limit: Int) async -> [AuditRecord]

    /// Says what is looked at, so that a plant elsewhere sends no more than that.
    func look(at view: PlantView) async

    /// Says of which nodes and accelerators snapshots carry the past from now on; a plant that keeps none hears nothing.
    func follow(_ subjects: Set<PastSubject>) async

    /// How the connection stands, now and whenever that changes, each second while it is lost; a plant in this process has none
    /// to lose.
    func links() async -> AsyncStream<LinkState>

    /// Who is attached; empty where nobody can attach.
    func presence() async -> [Attached]

    /// Says who is attached now, at least every few seconds: from the first time on several share this plant.
    func attend(_ people: [ControlRoom.Person]) async
}

extension Plant {
    package func look(at view: PlantView) async {}
    package func follow(_ subjects: Set<PastSubject>) async {}
    package func links() async -> AsyncStream<LinkState> { AsyncStream { $0.finish() } }
    package func presence() async -> [Attached] { [] }
    package func attend(_ people: [ControlRoom.Person]) async {}
}
