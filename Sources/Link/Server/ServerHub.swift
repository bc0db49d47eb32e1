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
    var shelves = RecordShelves()
    private let plant: any Plant
    private let loop: any EventLoop
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var newest: FactorySnapshot?
    private var followed: Set<PastSubject> = []
    private var following: Task<Void, Never>?
    private var outcomes = OutcomeBook()
    /// Who waits for the outcome of a command that somebody else asked for, or asked for before.
    private var waiting: [String: [NIOLoopBound<Weak>]] = [:]

    /// Connections of one account, and of all.
    static let limitEach = 32
    static let limit = 256

    init(
        _ plant: any Plant, host: ServerTalk.Host, states: (any ViewStates)?, loop: any EventLoop,
        now: @escaping @Sendable () -> Double, wall: @escaping @Sendable () -> Double
    ) {
        self.states = states
        self.plant = plant
        self.host = host
        self.loop = loop
        self.now = now
        self.wall = wall
    }

    /// - Returns: why the client is not let in; nil when it is.
    func admit(_ connection: ServerConnection) -> String? {
        let own = connections.values.count { $0.peer.uid == connection.peer.uid }
        if own >= Self.limitEach {
            return "\(connection.peer.name) is attached \(own) times already: leave some of them first (tokenworks who)"
        }
        if connections.count >= Self.limit {
            return "\(connections.count) are attached already, and the daemon takes no more; try later"
        }
        connections[ObjectIdentifier(connection)] = connection
        if let newest { connection.input(.snapshot(newest)) }
        return nil
    }

    func leave(_ connection: ServerConnection) {
        connections[ObjectIdentifier(connection)] = nil
        follow()
    }

    func show(_ snapshot: FactorySnapshot) {
        newest = snapshot
        for connection in connections.values { connection.input(.snapshot(snapshot)) }
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

    func tick() { for connection in connections.values { connection.tick() } }

    /// The last words to everybody.
    func end() { for connection in connections.values { connection.end([]) } }

    var isEmpty: Bool { connections.isEmpty }

    func people(seenBy asker: ServerConnection) -> [Attached] {
        connections.values.filter { $0.who != nil && ($0 === asker || $0.program != "who") }
            .sorted { ($0.since, $0.peer.pid) < ($1.since, $1.peer.pid) }
            .compactMap { connection in
                guard let who = connection.who else { return nil }
                return Attached(
                    name: who.name, role: who.mayAct ? "operator" : "viewer", uid: connection.peer.uid,
                    pid: connection.peer.pid, since: connection.since, program: connection.program,
                    session: connection.session, isYou: connection === asker)
            }
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
            wait(name, connection)
            let plant = plant
            let hub = NIOLoopBound(self, eventLoop: loop)
            let loop = loop
            Task {
                let outcome = await plant.perform(command, by: who)
                loop.execute { hub.value.answer(name, id, outcome) }
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
    private static func name(_ id: String, _ connection: ServerConnection) -> String { "\(connection.peer.uid) \(id)" }

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
