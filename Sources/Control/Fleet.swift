// SPDX-License-Identifier: Apache-2.0

package import Factory

/// The sites of one factory as one plant: one of them is looked at and takes the orders, the others are a row each.
///
/// Each site has its own desk, audit and HOLD: a move never leaves its site.
package actor Fleet: HostedPlant {
    package nonisolated let wall: @Sendable () -> Double
    private let sites: [(id: SiteID, plant: LocalPlant)]
    private var chosen = 0
    private var sequence: UInt64 = 0
    /// Whose past the snapshots carry: of the site that is looked at.
    private var followed: Set<PastSubject> = []
    private var latest: FactorySnapshot?
    private var readers: [AsyncStream<FactorySnapshot>.Continuation] = []
    /// Those who look at one site, whichever is chosen.
    private var visitors: [Int: [AsyncStream<FactorySnapshot>.Continuation]] = [:]
    private var hasEnded = false

    /// - Parameter sites: at least one, in the order in which they are shown.
    package init(
        _ sites: [(id: SiteID, plant: LocalPlant)], wall: @escaping @Sendable () -> Double = WallClock.now
    ) {
        precondition(!sites.isEmpty, "a factory stands somewhere")
        self.sites = sites
        self.wall = wall
    }

    /// One poll of every site, one after the other: they run by one clock.
    package func tick(now: Double) async {
        for site in sites { await site.plant.tick(now: now) }
        await publish()
    }

    package func end() async {
        guard !hasEnded else { return }
        hasEnded = true
        for site in sites { await site.plant.end() }
        for reader in readers + visitors.values.joined() { reader.finish() }
        (readers, visitors) = ([], [:])
    }

    package var newest: FactorySnapshot? { latest }

    package func snapshots() -> AsyncStream<FactorySnapshot> {
        let (stream, reader) = AsyncStream.makeStream(of: FactorySnapshot.self, bufferingPolicy: .bufferingNewest(1))
        if let latest { reader.yield(latest) }
        if hasEnded { reader.finish() } else { readers.append(reader) }
        return stream
    }

    package func places() -> [(site: SiteID, plant: any Plant)] {
        let order = [chosen] + sites.indices.filter { $0 != chosen }
        return order.map { (sites[$0].id, FleetPlace(fleet: self, place: $0, plant: sites[$0].plant)) }
    }

    /// Snapshots of one site, whichever is chosen.
    fileprivate func snapshots(of place: Int) async -> AsyncStream<FactorySnapshot> {
        let (stream, reader) = AsyncStream.makeStream(of: FactorySnapshot.self, bufferingPolicy: .bufferingNewest(1))
        if hasEnded {
            reader.finish()
        } else {
            visitors[place, default: []].append(reader)
            await publish()
        }
        return stream
    }

    package func plan(_ draft: Draft, by who: Operator) async -> PlanAnswer {
        await sites[chosen].plant.plan(draft, by: who)
    }

    package func perform(_ command: PlantCommand, by who: Operator) async -> CommandOutcome {
        if case .visit(let site) = command { return await visit(site) }
        return await perform(command, in: chosen, by: who)
    }

    fileprivate func perform(_ command: PlantCommand, in place: Int, by who: Operator) async -> CommandOutcome {
        if command == .takeHelm || command == .leaveHelm { return await steer(command, from: place, by: who) }
        // Who acts while the helm is free takes it: in every site, not only in this one.
        if command.needsHelm, who.mayAct { for site in sites { await site.plant.takeFreeHelm(by: who.name) } }
        let outcome = await sites[place].plant.perform(command, by: who)
        await publish()
        return outcome
    }

    package func attend(_ people: [ControlRoom.Person]) async {
        for site in sites { await site.plant.attend(people) }
        await publish()
    }

    /// The helm is the factory's: who has it has it in every site, and each site's audit says so.
    private func steer(_ command: PlantCommand, from place: Int, by who: Operator) async -> CommandOutcome {
        var outcomes: [CommandOutcome] = []
        for site in sites { outcomes.append(await site.plant.perform(command, by: who)) }
        await publish()
        return outcomes[place]
    }

    package func follow(_ subjects: Set<PastSubject>) async {
        followed = subjects
        await sites[chosen].plant.follow(subjects)
        await publish()
    }

    package func look(at view: PlantView) async { if let latest { await follow(latest.subjects(of: view)) } }

    package func audit(limit: Int) async -> [AuditRecord] { await sites[chosen].plant.audit(limit: limit) }

    /// Looking is no act: everybody may, and no audit tells of it.
    private func visit(_ site: SiteID) async -> CommandOutcome {
        guard let place = sites.firstIndex(where: { $0.id == site }) else {
            let names = sites.map(\.id.name).joined(separator: ", ")
            return CommandOutcome(.visit(site), .refused, "There is no site '\(site)'; there are: \(names).")
        }
        await sites[chosen].plant.follow([])
        chosen = place
        await sites[chosen].plant.follow(followed)
        await publish()
        return CommandOutcome(.visit(site), .accepted, "In \(site): keys and plans are for it now.")
    }

    private func publish() async {
        var rows: [SiteState] = []
        var shown: [Int: FactorySnapshot] = [:]
        for (index, site) in sites.enumerated() {
            guard let newest = await site.plant.newest else { continue }
            rows.append(Self.row(site.id, newest))
            shown[index] = newest
        }
        sequence += 1
        for (index, var snapshot) in shown {
            snapshot.sequence = sequence
            snapshot.site = sites[index].id
            snapshot.sites = rows
            visitors[index]?.removeAll { Self.isGone($0, snapshot) }
            guard index == chosen else { continue }
            latest = snapshot
            readers.removeAll { Self.isGone($0, snapshot) }
        }
    }

    private static func isGone(_ reader: AsyncStream<FactorySnapshot>.Continuation, _ snapshot: FactorySnapshot) -> Bool
    {
        if case .terminated = reader.yield(snapshot) { true } else { false }
    }

    private static func row(_ site: SiteID, _ snapshot: FactorySnapshot) -> SiteState {
        var row = SiteState(site, at: snapshot.at)
        row.ledger = snapshot.ledger
        row.decode = snapshot.decode
        row.prefill = snapshot.prefill
        row.trained = snapshot.trained
        row.economy = snapshot.economy
        row.moves = snapshot.moves.count(where: \.isOpen)
        guard let worst = snapshot.worstClass else { return row }
        row.worstClass = worst.pool.servingClass
        row.isHurt = worst.isHurt
        row.attainment = worst.attainment
        row.wait = worst.wait
        return row
    }
}

/// One site of a fleet as a plant: what is asked of it is asked of that site, whichever the fleet's own screen shows.
private struct FleetPlace: Plant {
    let fleet: Fleet
    let place: Int
    let plant: LocalPlant

    func snapshots() async -> AsyncStream<FactorySnapshot> { await fleet.snapshots(of: place) }
    func plan(_ draft: Draft, by who: Operator) async -> PlanAnswer { await plant.plan(draft, by: who) }
    func perform(_ command: PlantCommand, by who: Operator) async -> CommandOutcome {
        await fleet.perform(command, in: place, by: who)
    }
    func audit(limit: Int) async -> [AuditRecord] { await plant.audit(limit: limit) }
    func follow(_ subjects: Set<PastSubject>) async { await plant.follow(subjects) }
    func attend(_ people: [ControlRoom.Person]) async { await fleet.attend(people) }
}
