// SPDX-License-Identifier: Apache-2.0

package import Factory
import SwiftProtobuf

/// The daemon's side of one connection: what comes in, and what is to be done about it. No socket, no clock.
package struct ServerTalk: Sendable {
    /// What the daemon says of itself.
    package struct Host: Sendable {
        package var build: String
        package var plant: String
        package var kind: PlantKind
        /// Wall clock, seconds since 1970.
        package var started: Double

        package init(build: String, plant: String, kind: PlantKind, started: Double) {
            self.build = build
            self.plant = plant
            self.kind = kind
            self.started = started
        }
    }

    package enum Input: Sendable {
        case bytes([UInt8])
        case snapshot(FactorySnapshot)
        case planned(UInt64, PlanAnswer)
        /// What became of a command; nil: nobody ever heard of it.
        case performed(String, CommandOutcome?)
        case audited(UInt64, [AuditRecord])
        case people(UInt64, [Attached])
        /// Time passes.
        case tick
    }

    package enum Action: Sendable {
        case send([UInt8])
        case plan(UInt64, Draft)
        case perform(String, PlantCommand)
        case inquire(String)
        /// A command was refused for the client's role, and the client told so.
        case refused(PlantCommand, String)
        case audit(UInt64, limit: Int)
        case people(UInt64)
        /// Where the client's person is now, for their next session of this name.
        case remember([UInt8])
        /// The client has said who it is.
        case joined(program: String, session: String, who: Operator)
        /// The connection ends, once what was sent before is gone.
        case close(String)
    }

    /// Seconds in which the first word must come, and after which a silent side is gone.
    package static let helloTime = 1.0
    package static let silence = 20.0
    static let beat = 5.0
    /// Least time between two updates of which nothing is urgent.
    static let pace = 1.0
    /// Bytes of where a person is: a client that says more is no dashboard.
    static let stateLimit = 4096
    /// Questions that one client may have open.
    static let questions = 16

    private let host: Host
    /// Who the kernel says is there, and the most they may do.
    private let peer: Operator
    /// Where a person was in a session of that name.
    private let recall: @Sendable (Operator, _ session: String) -> [UInt8]
    private(set) var who: Operator?
    private var reader = FrameReader(limit: WireLimit.hello, mayBeNoisy: false, takesParts: false)
    private var sender = SnapshotSender()
    private var newest: FactorySnapshot?
    private var sent: (sequence: UInt64, revision: AllocationRevision, mode: OperatingMode, open: Int)?
    private var view: (serial: UInt64, topology: UInt64, view: PlantView)?
    private var hasCredit = false
    private var isUrgent = false
    private var pending = 0
    private var began: Double
    private var heardAt: Double
    private var saidAt: Double
    private var updatedAt = -Double.infinity
    private(set) var isClosed = false

    package init(
        host: Host, peer: Operator,
        recall: @escaping @Sendable (Operator, _ session: String) -> [UInt8] = { _, _ in [] },
        at now: Double
    ) {
        self.host = host
        self.peer = peer
        self.recall = recall
        (began, heardAt, saidAt) = (now, now, now)
    }

    /// What to tell a client that is not let in.
    package static func refusal(_ sentence: String) -> [UInt8] {
        FrameWriter.magic + FrameWriter.bytes(WireFrame.with { $0.welcome.refusal = sentence })
    }

    /// - Parameter now: monotonic seconds.
    package mutating func input(_ input: Input, at now: Double, _ shelves: inout RecordShelves) -> [Action] {
        guard !isClosed else { return [] }
        var actions: [Action] = []
        switch input {
        case .bytes(let bytes):
            heardAt = now
            reader.append(bytes)
            actions = hear()
        case .snapshot(let snapshot): newest = snapshot
        case .planned(let ask, let answer):
            pending -= 1
            actions = [
                send {
                    $0.plan = .with {
                        $0.ask = ask; $0.answer = Record.encode(answer).data
                    }
                }
            ]
        case .performed(let id, let outcome):
            pending -= 1
            actions = [
                send { frame in
                    frame.submit.id = id
                    frame.submit.unknown = outcome == nil
                    if let outcome { frame.submit.outcome = Record.encode(outcome).data }
                }
            ]
            isUrgent = true
        case .audited(let ask, let records):
            pending -= 1
            actions = [
                send {
                    $0.audit = .with {
                        $0.ask = ask; $0.records = records.map { Record.encode($0).data }
                    }
                }
            ]
        case .people(let ask, let people):
            pending -= 1
            actions = [
                send {
                    $0.presence = .with {
                        $0.ask = ask; $0.people = people.map(\.message)
                    }
                }
            ]
        case .tick: actions = tick(now)
        }
        if !isClosed { actions += update(now, &shelves) }
        if actions.contains(where: { if case .send = $0 { true } else { false } }) { saidAt = now }
        return actions
    }

    private mutating func tick(_ now: Double) -> [Action] {
        if who == nil, now - began > Self.helloTime { return close("said nothing within a second") }
        if now - heardAt > Self.silence { return close("silent for \(Int(Self.silence)) s") }
        return who != nil && now - saidAt > Self.beat ? [send { $0.beat = WireBeat() }] : []
    }

    /// Whose past the client looks at.
    package var subjects: Set<PastSubject> {
        guard let view, let newest, view.topology == sender.topology else { return [] }
        return newest.subjects(of: view.view)
    }

    // MARK: What a client says

    private mutating func hear() -> [Action] {
        var actions: [Action] = []
        do throws(WireError) {
            while !isClosed, let frame = try reader.next() { actions += try take(frame) }
        } catch {
            // Whoever understands it is told why.
            return actions + (who == nil ? [.send(Self.refusal(error.text))] : []) + close(error.text)
        }
        return actions
    }

    private mutating func take(_ frame: WireFrame) throws(WireError) -> [Action] {
        guard let who else {
            guard case .hello(let hello)? = frame.body else { throw WireError("a client begins with hello") }
            return greet(hello)
        }
        switch frame.body {
        case .view(let asked):
            let quantities = asked.overview.compactMap(NodeQuantity.init(rawValue:))
            let looked = PlantView(
                overview: quantities, nodes: asked.nodes.prefix(PlantView.limit).map(Int.init),
                opened: asked.opened.prefix(SettledView.openedLimit).map(Int.init), origins: asked.origins,
                gpu: asked.gpu == 0 ? nil : Int(asked.gpu) - 1)
            if view == nil { hasCredit = true }
            view = (asked.serial, asked.topology, looked)
            isUrgent = true
            guard !asked.state.isEmpty else { break }
            guard asked.state.count <= Self.stateLimit else { throw WireError("a place of \(asked.state.count) bytes") }
            return [.remember(Array(asked.state))]
        case .credit(let credit): if credit.update == sender.update { hasCredit = true }
        case .plan(let plan):
            return try ask(.plan(plan.ask, try record(Draft.self, plan.draft, "draft")))
        case .submit(let submit):
            guard !submit.id.isEmpty, submit.id.utf8.count <= 64 else { throw WireError("a command without a name") }
            if submit.inquire { return try ask(.inquire(submit.id)) }
            let command = try record(PlantCommand.self, submit.command, "command")
            if let refusal = Self.refusal(of: command, by: who) {
                return [
                    send { frame in
                        frame.submit.id = submit.id
                        frame.submit.outcome = Record.encode(CommandOutcome(command, .refused, refusal)).data
                    },
                    .refused(command, refusal),
                ]
            }
            return try ask(.perform(submit.id, command))
        case .audit(let audit): return try ask(.audit(audit.ask, limit: min(1000, Int(audit.limit))))
        case .presence(let presence): return try ask(.people(presence.ask))
        // Nothing more than a sign of life, or something that a newer client hopes for.
        case .beat, nil: break
        case .hello, .welcome, .snapshot, .history, .part: throw WireError("a message that is not a client's to send")
        }
        return []
    }

    /// What a role may not do is refused here, before anything of the plant hears of it: deny by default.
    static func refusal(of command: PlantCommand, by who: Operator) -> String? {
        if case .visit = command { return nil }
        return who.mayAct ? nil : "\(who.name) is attached as a viewer: nothing was sent; ask an operator."
    }

    private mutating func greet(_ hello: WireHello) -> [Action] {
        guard let version = WireVersion.common(hello.oldest, hello.newest) else {
            let sentence = WireVersion.mismatch(hello.oldest, hello.newest, host.build)
            return [.send(FrameWriter.magic), send { $0.welcome.refusal = sentence }] + close(sentence)
        }
        // Less than one may is always granted.
        let who = Operator(name: peer.name, mayAct: peer.mayAct && hello.wants != "viewer" && hello.program != "who")
        self.who = who
        reader.limit = WireLimit.fromClient
        let host = host
        let session = String(hello.session.prefix(32))
        let state = recall(who, session)
        let welcome = send { frame in
            frame.welcome.version = version
            frame.welcome.you = who.name
            frame.welcome.mayAct = who.mayAct
            frame.welcome.role = who.mayAct ? "operator" : "viewer"
            frame.welcome.build = host.build
            frame.welcome.started = host.started
            frame.welcome.plant = host.plant
            frame.welcome.plantKind = Record.encode(host.kind).data
            frame.welcome.state = state.data
        }
        let program = String(hello.program.prefix(32))
        return [.send(FrameWriter.magic), welcome, .joined(program: program, session: session, who: who)]
    }

    private mutating func ask(_ action: Action) throws(WireError) -> [Action] {
        guard pending < Self.questions else { throw WireError("more than \(Self.questions) questions at once") }
        pending += 1
        return [action]
    }

    private func record<T: Decodable>(
        _ type: T.Type, _ bytes: some Collection<UInt8>, _ what: String
    ) throws(WireError) -> T {
        do {
            return try Record.decode(type, from: bytes)
        } catch {
            throw WireError(
                "a \(what) that cannot be read: \((error as? RecordError)?.text ?? "it is of another version")")
        }
    }

    // MARK: What a client is told

    private mutating func update(_ now: Double, _ shelves: inout RecordShelves) -> [Action] {
        guard who != nil, let view, hasCredit, let newest else { return [] }
        let openMoves = newest.moves.count(where: \.isOpen)
        if let sent {
            guard isUrgent || sent.sequence != newest.sequence else { return [] }
            let changed = sent.revision != newest.revision || sent.mode != newest.mode || sent.open != openMoves
            guard isUrgent || changed || now - updatedAt >= Self.pace else { return [] }
        }
        hasCredit = false
        isUrgent = false
        updatedAt = now
        sent = (newest.sequence, newest.revision, newest.mode, openMoves)
        let frames = sender.next(
            newest, view: view.view, serial: view.serial, seen: view.topology, shelves: &shelves)
        return frames.map { .send(FrameWriter.bytes($0)) }
    }

    private func send(_ fill: (inout WireFrame) -> Void) -> Action {
        var frame = WireFrame()
        fill(&frame)
        return .send(FrameWriter.bytes(frame))
    }

    private mutating func close(_ why: String) -> [Action] {
        isClosed = true
        return [.close(why)]
    }
}
