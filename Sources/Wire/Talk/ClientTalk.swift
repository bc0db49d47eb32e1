// SPDX-License-Identifier: Apache-2.0

package import Factory
import SwiftProtobuf

/// What a daemon answers first.
package struct Welcome: Sendable, Hashable {
    package var you: Operator
    package var build: String
    package var plant: String
    package var kind: PlantKind
    /// Wall clock, seconds since 1970.
    package var started: Double
    /// Where the person was in their last session of this name; empty: nobody knows.
    package var state: [UInt8] = []
}

/// The client's side of one connection: what comes in, and what is to be done about it. No socket, no clock.
package struct ClientTalk: Sendable {
    package enum Input: Sendable {
        case bytes([UInt8])
        case look(PlantView)
        /// Where the person is now, for their next session of this name.
        case remember([UInt8])
        case plan(UInt64, Draft)
        case perform(String, PlantCommand)
        /// What became of a command that was not answered.
        case inquire(String)
        case audit(UInt64, limit: Int)
        case people(UInt64)
        /// Time passes.
        case tick
    }

    package enum Action: Sendable {
        case send([UInt8])
        case welcome(Welcome)
        case snapshot(FactorySnapshot)
        case planned(UInt64, PlanAnswer)
        /// nil: the daemon never heard of the command.
        case outcome(String, CommandOutcome?)
        case audited(UInt64, [AuditRecord])
        case people(UInt64, [Attached])
        /// The connection is of no use any more; `isFinal`: nor would another be.
        case close(String, isFinal: Bool)
    }

    package static let silence = 10.0
    static let beat = 5.0

    private var reader = FrameReader(limit: WireLimit.chunk + 64, mayBeNoisy: true, takesParts: true)
    private var receiver = SnapshotReceiver()
    private var isWelcome = false
    private var serial: UInt64 = 0
    private var view: PlantView
    /// Where the person is, until it is sent.
    private var state: [UInt8] = []
    /// Views that updates on their way may still speak of.
    private var views: [UInt64: PlantView] = [:]
    private var heardAt: Double
    private var saidAt: Double
    private let patience: Double
    private(set) var isClosed = false

    /// - Parameter patience: seconds until the first word must have come: an ssh may ask for a password meanwhile.
    package init(view: PlantView = PlantView(), patience: Double = 5, at now: Double) {
        self.view = view
        self.patience = patience
        (heardAt, saidAt) = (now, now)
    }

    /// What to send first.
    package func hello(build: String, wants: String, session: String, program: String) -> [UInt8] {
        let frame = WireFrame.with { frame in
            frame.hello.oldest = WireVersion.oldest
            frame.hello.newest = WireVersion.newest
            frame.hello.build = build
            frame.hello.wants = wants
            frame.hello.session = session
            frame.hello.program = program
        }
        return FrameWriter.magic + FrameWriter.bytes(frame)
    }

    /// - Parameter now: monotonic seconds.
    package mutating func input(_ input: Input, at now: Double) -> [Action] {
        guard !isClosed else { return [] }
        var actions: [Action] = []
        switch input {
        case .bytes(let bytes):
            heardAt = now
            reader.append(bytes)
            actions = hear()
        case .look(let wanted):
            // No more than the daemon would take: both sides must mean the same cells.
            var wanted = wanted
            wanted.nodes = Array(wanted.nodes.filter { $0 >= 0 }.prefix(PlantView.limit))
            wanted.opened = Array(wanted.opened.filter { $0 >= 0 }.prefix(SettledView.openedLimit))
            guard wanted != view else { return [] }
            view = wanted
            if isWelcome { actions = [sendView()] }
        case .remember(let state):
            self.state = state
            if isWelcome { actions = [sendView()] }
        case .plan(let ask, let draft):
            actions = [
                send {
                    $0.plan = .with {
                        $0.ask = ask; $0.draft = Record.encode(draft).data
                    }
                }
            ]
        case .perform(let id, let command):
            actions = [
                send {
                    $0.submit = .with {
                        $0.id = id; $0.command = Record.encode(command).data
                    }
                }
            ]
        case .inquire(let id):
            actions = [
                send {
                    $0.submit = .with {
                        $0.id = id; $0.inquire = true
                    }
                }
            ]
        case .audit(let ask, let limit):
            actions = [
                send {
                    $0.audit = .with {
                        $0.ask = ask; $0.limit = UInt32(clamping: limit)
                    }
                }
            ]
        case .people(let ask): actions = [send { $0.presence.ask = ask }]
        case .tick: actions = tick(now)
        }
        if actions.contains(where: { if case .send = $0 { true } else { false } }) { saidAt = now }
        return actions
    }

    private mutating func tick(_ now: Double) -> [Action] {
        guard isWelcome else {
            guard now - heardAt > patience else { return [] }
            let noise = reader.noise
            return close(
                "no daemon answered within \(Int(patience)) s" + (noise.isEmpty ? "" : "; what came: \(noise)"))
        }
        if now - heardAt > Self.silence { return close("the daemon has been silent for \(Int(Self.silence)) s") }
        return now - saidAt > Self.beat ? [send { $0.beat = WireBeat() }] : []
    }

    private mutating func hear() -> [Action] {
        var actions: [Action] = []
        do {
            while !isClosed, let frame = try reader.next() { actions += try take(frame) }
        } catch {
            let words = (error as? WireError)?.text ?? (error as? RecordError)?.text ?? "something of another version"
            return actions + close("the daemon sent what cannot be read: \(words)", isFinal: !isWelcome)
        }
        return actions
    }

    private mutating func take(_ frame: WireFrame) throws -> [Action] {
        guard isWelcome else {
            guard case .welcome(let welcome)? = frame.body else { throw WireError("a daemon begins with welcome") }
            return try greet(welcome)
        }
        switch frame.body {
        case .snapshot(let message): return try take(message)
        case .history(let history): try receiver.take(history)
        case .plan(let plan): return [.planned(plan.ask, try Record.decode(PlanAnswer.self, from: plan.answer))]
        case .submit(let submit):
            let outcome = submit.unknown ? nil : try Record.decode(CommandOutcome.self, from: submit.outcome)
            return [.outcome(submit.id, outcome)]
        case .audit(let audit):
            return [.audited(audit.ask, try audit.records.map { try Record.decode(AuditRecord.self, from: $0) })]
        case .presence(let presence): return [.people(presence.ask, presence.people.map(Attached.init))]
        // A sign of life, or something that a newer daemon hopes is understood.
        case .beat, nil: break
        case .hello, .welcome, .view, .credit, .part: throw WireError("a message that is not a daemon's to send")
        }
        return []
    }

    private mutating func take(_ message: WireSnapshot) throws -> [Action] {
        let topology = receiver.topology
        guard var asked = views[message.view] else { throw WireError("an answer to a view that nobody asked for") }
        if message.placeless { (asked.nodes, asked.opened) = ([], []) }
        try receiver.take(message, view: asked)
        views = views.filter { $0.key >= message.view }
        var actions = [send { $0.credit.update = message.update }]
        // The places that were asked for are of the table before: ask again by the new one.
        if receiver.topology != topology { actions.append(sendView()) }
        if let snapshot = receiver.snapshot { actions.append(.snapshot(snapshot)) }
        return actions
    }

    private mutating func greet(_ welcome: WireWelcome) throws -> [Action] {
        guard welcome.refusal.isEmpty else { return close(welcome.refusal, isFinal: true) }
        isWelcome = true
        let kind = try Record.decode(PlantKind.self, from: welcome.plantKind)
        let said = Welcome(
            you: Operator(name: welcome.you, mayAct: welcome.mayAct), build: welcome.build, plant: welcome.plant,
            kind: kind, started: welcome.started, state: Array(welcome.state))
        return [.welcome(said), sendView()]
    }

    private mutating func sendView() -> Action {
        serial += 1
        views[serial] = view
        let (serial, view, topology, state) = (serial, view, receiver.topology, state)
        self.state = []
        return send { frame in
            frame.view.serial = serial
            frame.view.topology = topology
            frame.view.overview = view.overview.map(\.rawValue)
            frame.view.nodes = view.nodes.prefix(PlantView.limit).map { UInt32(clamping: $0) }
            frame.view.opened = view.opened.map { UInt32(clamping: $0) }
            frame.view.origins = view.origins
            frame.view.state = state.data
            frame.view.gpu = view.gpu.map { UInt32(clamping: $0 + 1) } ?? 0
        }
    }

    private func send(_ fill: (inout WireFrame) -> Void) -> Action {
        var frame = WireFrame()
        fill(&frame)
        return .send(FrameWriter.bytes(frame))
    }

    private mutating func close(_ why: String, isFinal: Bool = false) -> [Action] {
        isClosed = true
        return [.close(why, isFinal: isFinal)]
    }
}

extension Attached {
    init(_ person: WirePerson) {
        self.init(
            name: person.name, role: person.role, uid: person.uid, pid: person.pid, since: person.since,
            program: person.program, session: person.session, isYou: person.isYou, origin: person.origin)
    }

    var message: WirePerson {
        .with { person in
            person.name = name
            person.role = role
            person.uid = uid
            person.pid = pid
            person.since = since
            person.program = program
            person.session = session
            person.isYou = isYou
            person.origin = origin
        }
    }
}
