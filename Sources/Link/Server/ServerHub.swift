// SPDX-License-Identifier: Apache-2.0

import Factory
import NIOCore
import Wire

/// All clients of one daemon. On its event loop only; what it asks of the plant runs elsewhere and comes back there.
final class ServerHub {
    let host: ServerTalk.Host
    let now: @Sendable () -> Double
    let wall: @Sendable () -> Double
    let states: (any ViewStates)?
    let counts: LinkCounts
    private let tell: @Sendable (LinkNews) -> Void
    private let places: [Place]
    /// What is known of each place, in their order.
    private var sights: [Sight]
    private let loop: any EventLoop
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var outcomes = OutcomeBook()
    private var refusals = RefusalPace()
    private var attendedAt = -Double.infinity
    private var isAttending = false
    /// Who waits for the outcome of a command that somebody else asked for, or asked for before.
    private var waiting: [OutcomeBook.Name: [NIOLoopBound<Weak>]] = [:]

    /// Connections of one account, and of all.
    static let limitEach = 32
    static let limit = 256
    /// Of these so many are for those who may act.
    static let limitActing = 64

    /// A site of the factory, or all of a factory of one.
    struct Place: Sendable {
        let site: SiteID?
        let plant: any Plant
    }

    private struct Sight {
        var newest: FactorySnapshot?
        var shelves = RecordShelves()
        var followed: Set<PastSubject> = []
        var following: Task<Void, Never>?
    }

    /// - Parameter places: at least one; clients begin in the first.
    init(
        _ places: [Place], host: ServerTalk.Host, states: (any ViewStates)?, loop: any EventLoop,
        now: @escaping @Sendable () -> Double, wall: @escaping @Sendable () -> Double, counts: LinkCounts,
        tell: @escaping @Sendable (LinkNews) -> Void
    ) {
        self.states = states
        self.counts = counts
        self.tell = tell
        self.places = places
        sights = places.map { _ in Sight() }
        self.host = host
        self.loop = loop
        self.now = now
        self.wall = wall
    }

    /// - Returns: why the client is not let in; nil when it is.
    func admit(_ connection: ServerConnection) -> String? {
        let refusal = whyNot(connection)
        guard let refusal else {
            connections[ObjectIdentifier(connection)] = connection
            if let newest = sights[connection.place].newest { connection.input(.snapshot(newest)) }
            return nil
        }
        counts.turnedAway()
        tell(.turnedAway(name: connection.peer.name, pid: connection.peer.pid, why: refusal))
        return refusal
    }

    private func whyNot(_ connection: ServerConnection) -> String? {
        let own = connections.values.count { $0.peer.account == connection.peer.account }
        if own >= Self.limitEach {
            return "\(connection.peer.name) is attached \(own) times already: leave some of them first (tokenworks who)"
        }
        // Those who look must not keep out those who act.
        let room = connection.peer.mayAct ? Self.limit : Self.limit - Self.limitActing
        if connections.count >= room {
            return "\(connections.count) are attached already, and the daemon takes no more; try later"
        }
        return nil
    }

    /// It is let go for what it said, or did not say.
    func dismissed(_ connection: ServerConnection, _ why: String) {
        counts.turnedAway()
        tell(.turnedAway(name: connection.peer.name, pid: connection.peer.pid, why: why))
    }

    /// A viewer's command, which its talk has refused.
    func refused(_ command: PlantCommand, _ why: String, to connection: ServerConnection) {
        let peer = connection.peer
        guard refusals.mayTell(peer.name, of: peer.account, at: now()) else { return }
        tell(.refused(by: peer.name, pid: peer.pid, command, why: why))
    }

    /// It has been welcomed.
    func joined(_ connection: ServerConnection) {
        guard let person = attached(connection, isYou: false) else { return }
        counts.joined(asOperator: connection.who?.mayAct == true)
        tell(.joined(person))
    }

    func leave(_ connection: ServerConnection) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil,
            let person = attached(connection, isYou: false)
        else { return }
        counts.left(asOperator: connection.who?.mayAct == true)
        tell(.left(person))
        follow()
    }

    func show(_ snapshot: FactorySnapshot, of site: SiteID?) {
        guard let place = places.firstIndex(where: { $0.site == site }) else { return }
        sights[place].newest = snapshot
        for connection in connections.values where connection.place == place { connection.input(.snapshot(snapshot)) }
    }

    /// What a connection's talk has to say, with what its place's clients share.
    func talk(
        _ talk: inout ServerTalk?, _ input: ServerTalk.Input, in place: Int
    ) -> [ServerTalk.Action] {
        talk?.input(input, at: now(), &sights[place].shelves) ?? []
    }

    /// Shows a client another site, from now on; the others stay where they are. No act: neither logged nor remembered.
    private func visit(_ site: SiteID, _ connection: ServerConnection) -> CommandOutcome {
        guard places.count > 1 else {
            return CommandOutcome(
                .visit(site), .refused, "This factory is in one place: there is no other site to go to.")
        }
        guard let place = places.firstIndex(where: { $0.site == site }) else {
            let names = places.compactMap(\.site?.name).sorted().joined(separator: ", ")
            return CommandOutcome(.visit(site), .refused, "There is no site '\(site)'; there are: \(names).")
        }
        connection.place = place
        if let newest = sights[place].newest { connection.input(.snapshot(newest)) }
        follow()
        return CommandOutcome(.visit(site), .accepted, "In \(site): keys and plans are for it now.")
    }

    func tick() {
        for (who, count) in refusals.overdue(at: now()) { tell(.refusedMore(by: who, count: count)) }
        for connection in connections.values { connection.tick() }
        attend()
    }

    /// Tells the plant who is here, each second: the helm is kept by those who are.
    private func attend() {
        guard now() - attendedAt >= 1 else { return }
        attendedAt = now()
        var roles: [String: Bool] = [:]
        // Whoever lists those who are there is not there to work.
        for connection in connections.values where connection.program != "who" {
            guard let who = connection.who else { continue }
            roles[who.name] = who.mayAct || roles[who.name] ?? false
        }
        let people = roles.sorted { $0.key < $1.key }.map { ControlRoom.Person(name: $0.key, mayAct: $0.value) }
        // One at a time: an older list must not come last.
        guard !isAttending else { return }
        isAttending = true
        let (plant, loop) = (places[0].plant, loop)
        let hub = NIOLoopBound(self, eventLoop: loop)
        Task {
            await plant.attend(people)
            loop.execute { hub.value.isAttending = false }
        }
    }

    /// Tells each place whose past its clients look at.
    func follow() {
        for index in places.indices {
            let subjects = connections.values.reduce(into: Set<PastSubject>()) {
                if $1.place == index { $0.formUnion($1.subjects) }
            }
            guard subjects != sights[index].followed else { continue }
            sights[index].followed = subjects
            // One after the other: an older wish must not come last.
            let (plant, before) = (places[index].plant, sights[index].following)
            sights[index].following = Task {
                await before?.value
                await plant.follow(subjects)
            }
        }
    }

    /// The last words to everybody.
    func end() { for connection in connections.values { connection.end([]) } }

    var isEmpty: Bool { connections.isEmpty }

    func people(seenBy asker: ServerConnection) -> [Attached] {
        connections.values.filter { $0.who != nil }
            .sorted { ($0.since, $0.peer.pid) < ($1.since, $1.peer.pid) }
            .compactMap { attached($0, isYou: $0 === asker) }
    }

    private func attached(_ connection: ServerConnection, isYou: Bool) -> Attached? {
        guard let who = connection.who else { return nil }
        return Attached(
            name: who.name, role: who.mayAct ? "operator" : "viewer", uid: connection.peer.uid,
            pid: connection.peer.pid, since: connection.since, program: connection.program,
            session: connection.session, isYou: isYou, origin: connection.peer.origin)
    }

    // MARK: The plant

    func plan(
        _ draft: Draft, by who: Operator, for connection: ServerConnection,
        _ answer: @escaping @Sendable (PlanAnswer) -> ServerTalk.Input
    ) {
        let plant = places[connection.place].plant
        ask(connection) { answer(await plant.plan(draft, by: who)) }
    }

    func audit(
        _ limit: Int, for connection: ServerConnection,
        _ answer: @escaping @Sendable ([AuditRecord]) -> ServerTalk.Input
    ) {
        let plant = places[connection.place].plant
        ask(connection) { answer(await plant.audit(limit: limit)) }
    }

    /// Once, however often it is asked for.
    func perform(_ id: String, _ command: PlantCommand, by who: Operator, for connection: ServerConnection) {
        let name = Self.name(id, connection)
        if case .visit(let site) = command {
            return connection.input(.performed(id, visit(site, connection)))
        }
        switch outcomes[name] {
        case .done(let outcome): connection.input(.performed(id, outcome))
        case .pending: wait(name, connection)
        case .unknown:
            if let refusal = outcomes.begin(name) {
                return connection.input(.performed(id, CommandOutcome(command, .refused, refusal)))
            }
            tell(.asked(by: who.name, command))
            wait(name, connection)
            let plant = places[connection.place].plant
            let hub = NIOLoopBound(self, eventLoop: loop)
            let loop = loop
            Task {
                let outcome = await plant.perform(command, by: who)
                loop.execute {
                    hub.value.tell(.answered(by: who.name, outcome))
                    hub.value.answer(name, id, outcome)
                }
            }
        }
    }

    func inquire(_ id: String, for connection: ServerConnection) {
        let name = Self.name(id, connection)
        switch outcomes[name] {
        case .done(let outcome): connection.input(.performed(id, outcome))
        case .pending: wait(name, connection)
        case .unknown: connection.input(.performed(id, nil))
        }
    }

    private func answer(_ name: OutcomeBook.Name, _ id: String, _ outcome: CommandOutcome) {
        outcomes.end(name, outcome)
        for waiter in waiting.removeValue(forKey: name) ?? [] {
            waiter.value.connection?.input(.performed(id, outcome))
        }
    }

    private func wait(_ name: OutcomeBook.Name, _ connection: ServerConnection) {
        waiting[name, default: []].append(NIOLoopBound(Weak(connection), eventLoop: loop))
    }

    private static func name(_ id: String, _ connection: ServerConnection) -> OutcomeBook.Name {
        OutcomeBook.Name(account: connection.peer.account, id: id)
    }

    private func ask(_ connection: ServerConnection, _ question: @escaping @Sendable () async -> ServerTalk.Input) {
        let asker = NIOLoopBound(Weak(connection), eventLoop: loop)
        let loop = loop
        Task {
            let answer = await question()
            loop.execute { asker.value.connection?.input(answer) }
        }
    }
}

/// A connection that may be gone when its answer comes.
final class Weak {
    weak var connection: ServerConnection?
    init(_ connection: ServerConnection) { self.connection = connection }
}
