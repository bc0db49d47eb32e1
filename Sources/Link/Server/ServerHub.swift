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
    var shelves = RecordShelves()
    private let plant: any Plant
    private let loop: any EventLoop
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var newest: FactorySnapshot?
    private var followed: Set<PastSubject> = []
    private var following: Task<Void, Never>?
    private var outcomes = OutcomeBook()
    private var attendedAt = -Double.infinity
    /// Who waits for the outcome of a command that somebody else asked for, or asked for before.
    private var waiting: [String: [NIOLoopBound<Weak>]] = [:]

    /// Connections of one account, and of all.
    static let limitEach = 32
    static let limit = 256

    init(
        _ plant: any Plant, host: ServerTalk.Host, states: (any ViewStates)?, loop: any EventLoop,
        now: @escaping @Sendable () -> Double, wall: @escaping @Sendable () -> Double, counts: LinkCounts,
        tell: @escaping @Sendable (LinkNews) -> Void
    ) {
        self.states = states
        self.counts = counts
        self.tell = tell
        self.plant = plant
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
            if let newest { connection.input(.snapshot(newest)) }
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
        if connections.count >= Self.limit {
            return "\(connections.count) are attached already, and the daemon takes no more; try later"
        }
        return nil
    }

    /// It is let go for what it said, or did not say.
    func dismissed(_ connection: ServerConnection, _ why: String) {
        counts.turnedAway()
        tell(.turnedAway(name: connection.peer.name, pid: connection.peer.pid, why: why))
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

    func show(_ snapshot: FactorySnapshot) {
        newest = snapshot
        for connection in connections.values { connection.input(.snapshot(snapshot)) }
    }

    func tick() {
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
        let plant = plant
        Task { await plant.attend(people) }
    }

    /// Tells the plant whose past its clients look at.
    func follow() {
        let subjects = connections.values.reduce(into: Set<PastSubject>()) { $0.formUnion($1.subjects) }
        guard subjects != followed else { return }
        followed = subjects
        // One after the other: an older wish must not come last.
        let (plant, before) = (plant, following)
        following = Task {
            await before?.value
            await plant.follow(subjects)
        }
    }

    /// The last words to everybody.
    func end() { for connection in connections.values { connection.end([]) } }

    var isEmpty: Bool { connections.isEmpty }

    func people(seenBy asker: ServerConnection) -> [Attached] {
        connections.values.filter { $0.who != nil && ($0 === asker || $0.program != "who") }
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
        let plant = plant
        ask(connection) { answer(await plant.plan(draft, by: who)) }
    }

    func audit(
        _ limit: Int, for connection: ServerConnection,
        _ answer: @escaping @Sendable ([AuditRecord]) -> ServerTalk.Input
    ) {
        let plant = plant
        ask(connection) { answer(await plant.audit(limit: limit)) }
    }

    /// Once, however often it is asked for.
    func perform(_ id: String, _ command: PlantCommand, by who: Operator, for connection: ServerConnection) {
        let name = Self.name(id, connection)
        switch outcomes[name] {
        case .done(let outcome): connection.input(.performed(id, outcome))
        case .pending: wait(name, connection)
        case .unknown:
            outcomes.begin(name)
            tell(.asked(by: who.name, command))
            wait(name, connection)
            let plant = plant
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

    private func answer(_ name: String, _ id: String, _ outcome: CommandOutcome) {
        outcomes.end(name, outcome)
        for waiter in waiting.removeValue(forKey: name) ?? [] {
            waiter.value.connection?.input(.performed(id, outcome))
        }
    }

    private func wait(_ name: String, _ connection: ServerConnection) {
        waiting[name, default: []].append(NIOLoopBound(Weak(connection), eventLoop: loop))
    }

    /// Nobody can ask after another account's commands.
    private static func name(_ id: String, _ connection: ServerConnection) -> String {
        "\(connection.peer.account) \(id)"
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
