// SPDX-License-Identifier: Apache-2.0

import Factory
import SwiftProtobuf
import Testing

@testable import Wire

/// Every message of the contract, in every role: what is not a client's to send, or not its role's, is refused here.
@Suite struct RoleTests {
    enum Role: String, CaseIterable {
        /// Has not said hello yet.
        case stranger
        case viewer
        case `operator`
        /// May act, and asked for less.
        case modest
    }

    enum Answer: String {
        /// Nothing is to be done about it, and the conversation goes on.
        case taken
        /// Goes to the plant.
        case passed
        /// Answered with a sentence; the plant hears nothing of it.
        case refused
        /// The conversation is over.
        case closed
    }

    /// One row for each body that a frame can have: the message, and the answers to stranger, viewer, operator and modest.
    static let table: [(name: String, answers: [Answer])] = [
        ("hello", [.taken, .closed, .closed, .closed]),
        ("welcome", [.closed, .closed, .closed, .closed]),
        ("view", [.closed, .taken, .taken, .taken]),
        ("credit", [.closed, .taken, .taken, .taken]),
        ("snapshot", [.closed, .closed, .closed, .closed]),
        ("history", [.closed, .closed, .closed, .closed]),
        ("plan", [.closed, .passed, .passed, .passed]),
        ("submit", [.closed, .refused, .passed, .refused]),
        ("inquire", [.closed, .passed, .passed, .passed]),
        ("audit", [.closed, .passed, .passed, .passed]),
        ("presence", [.closed, .passed, .passed, .passed]),
        ("part", [.closed, .closed, .closed, .closed]),
        ("beat", [.closed, .taken, .taken, .taken]),
        ("nothing", [.closed, .taken, .taken, .taken]),
    ]

    private func frame(_ name: String) -> WireFrame {
        var frame = WireFrame()
        switch name {
        case "hello": frame.hello = hello(wants: "")
        case "welcome": frame.welcome = WireWelcome()
        case "view": frame.view = WireView()
        case "credit": frame.credit = WireCredit()
        case "snapshot": frame.snapshot = WireSnapshot()
        case "history": frame.history = WireHistory()
        case "plan": frame.plan.draft = Record.encode(Draft(nodes: 1)).data
        case "submit":
            frame.submit.id = "a-1"
            frame.submit.command = Record.encode(PlantCommand.abort(DecisionID(1))).data
        case "inquire":
            frame.submit.id = "a-1"
            frame.submit.inquire = true
        case "audit": frame.audit.limit = 1
        case "presence": frame.presence.ask = 1
        case "part": frame.part.complete = true
        case "beat": frame.beat = WireBeat()
        default: break
        }
        return frame
    }

    private func hello(wants: String) -> WireHello {
        .with {
            $0.oldest = WireVersion.oldest
            $0.newest = WireVersion.newest
            $0.wants = wants
        }
    }

    /// A daemon's side that stands where the role's does.
    private func server(_ role: Role) -> ServerTalk {
        var server = ServerTalk(
            host: .init(build: "1", plant: "p", kind: .live, started: 1),
            peer: Operator(name: "eve", mayAct: role == .operator || role == .modest), at: 0)
        var shelves = RecordShelves()
        guard role != .stranger else { return server }
        let wants = role == .modest ? "viewer" : ""
        let first = FrameWriter.bytes(WireFrame.with { $0.hello = hello(wants: wants) })
        _ = server.input(.bytes(FrameWriter.magic + first), at: 0, &shelves)
        return server
    }

    private func answer(_ actions: [ServerTalk.Action]) -> Answer {
        var answer = Answer.taken
        for action in actions {
            switch action {
            case .close: return .closed
            case .plan, .perform, .inquire, .audit, .people: answer = .passed
            case .send(let bytes):
                var reader = FrameReader(limit: WireLimit.chunk, mayBeNoisy: true, takesParts: true)
                reader.append(FrameWriter.magic + bytes)
                // ignored because what cannot be read is no refusal.
                if case .submit(let submit)? = (try? reader.next())?.body, !submit.outcome.isEmpty { answer = .refused }
            case .joined, .remember, .refused: break
            }
        }
        return answer
    }

    @Test("every message in every role", arguments: table.map(\.name), Role.allCases)
    func answers(name: String, role: Role) throws {
        let row = try #require(Self.table.first { $0.name == name })
        let wanted = row.answers[try #require(Role.allCases.firstIndex(of: role))]
        var server = server(role)
        var shelves = RecordShelves()
        let start = role == .stranger ? FrameWriter.magic : []
        let actions = server.input(.bytes(start + FrameWriter.bytes(frame(name))), at: 0, &shelves)
        #expect(answer(actions) == wanted)
        #expect(server.isClosed == (wanted == .closed))
    }

    @Test("the table has every body that a frame can have")
    func whole() {
        let fields = Set(Self.table.map(\.name)).subtracting(["inquire", "nothing"])
        var seen: Set<String> = []
        for name in fields {
            // A switch without default: a new message does not compile until it has a row.
            switch frame(name).body {
            case .hello: seen.insert("hello")
            case .welcome: seen.insert("welcome")
            case .view: seen.insert("view")
            case .credit: seen.insert("credit")
            case .snapshot: seen.insert("snapshot")
            case .history: seen.insert("history")
            case .plan: seen.insert("plan")
            case .submit: seen.insert("submit")
            case .audit: seen.insert("audit")
            case .presence: seen.insert("presence")
            case .part: seen.insert("part")
            case .beat: seen.insert("beat")
            case nil: break
            }
        }
        #expect(seen == fields && seen.count == 12)
    }

    @Test("who only asks who is there acts on nothing, whatever the kernel says they may")
    func asksOnly() {
        var server = ServerTalk(
            host: .init(build: "1", plant: "p", kind: .live, started: 1), peer: Operator(name: "eve", mayAct: true),
            at: 0)
        var shelves = RecordShelves()
        let first = FrameWriter.bytes(
            WireFrame.with {
                $0.hello = hello(wants: "")
                $0.hello.program = "who"
            })
        _ = server.input(.bytes(FrameWriter.magic + first), at: 0, &shelves)
        #expect(server.who == Operator(name: "eve", mayAct: false))
        #expect(answer(server.input(.bytes(FrameWriter.bytes(frame("submit"))), at: 0, &shelves)) == .refused)
    }

    @Test("what a viewer may not do is told to whoever keeps the log, with the command and why; an operator's is not")
    func refusalIsTold() {
        for (role, count) in [(Role.viewer, 1), (.operator, 0)] {
            var server = server(role)
            var shelves = RecordShelves()
            let actions = server.input(.bytes(FrameWriter.bytes(frame("submit"))), at: 0, &shelves)
            let told = actions.compactMap { action -> (PlantCommand, String)? in
                if case .refused(let command, let why) = action { (command, why) } else { nil }
            }
            #expect(told.count == count)
            #expect(
                told.allSatisfy { $0.0 == .abort(DecisionID(1)) && $0.1.contains("attached as a viewer") }, "\(told)")
        }
    }

    @Test("a viewer's commands: looking at another site is the only one that is no act")
    func viewersCommands() {
        let ann = Operator(name: "ann", mayAct: false)
        let acts: [PlantCommand] = [
            .submit(DecisionID(1), at: AllocationRevision(1), .yes), .abort(DecisionID(1)), .hold, .releaseHold,
            .setSpeed(1), .takeHelm, .leaveHelm, .approve(DecisionID(1)), .decline(DecisionID(1)),
        ]
        for command in acts {
            #expect(ServerTalk.refusal(of: command, by: ann)?.contains("ann is attached as a viewer") == true)
        }
        #expect(ServerTalk.refusal(of: .visit(SiteID("x")), by: ann) == nil)
    }

    // MARK: The gate

    @Test("the gate's line says whose key it is, and what comes behind it is the conversation")
    func voucher() throws {
        let eve = try Voucher(name: "eve", mayAct: true, origin: "10.0.0.7")
        #expect(String(decoding: eve.line, as: UTF8.self) == "tokenworks-gate operator eve 10.0.0.7\n")
        for cut in 0...eve.line.count {
            var gate = GateTalk()
            let first = gate.input(Array(eve.line[..<cut]))
            if cut < eve.line.count {
                guard case .waits = first else { return #expect(Bool(false), "\(first) after \(cut) bytes") }
            }
            let outcome = cut < eve.line.count ? gate.input(Array(eve.line[cut...]) + [1, 2]) : first
            guard case .vouched(let voucher, let rest) = outcome else { return #expect(Bool(false), "\(outcome)") }
            #expect(voucher == eve && rest == (cut < eve.line.count ? [1, 2] : []))
        }
    }

    @Test(
        "no name is one that a screen, a log or a line could be fooled by",
        arguments: ["", "eve adam", "eve\n", "-eve", ".eve", "eve\u{1b}[2J", "évé", String(repeating: "e", count: 33)])
    func names(name: String) {
        #expect(throws: WireError.self) { _ = try Voucher(name: name, mayAct: true, origin: "-") }
        var gate = GateTalk()
        let outcome = gate.input(Array("tokenworks-gate operator \(name) -\n".utf8))
        guard case .refused = outcome else { return #expect(Bool(false), "\(outcome)") }
    }

    @Test(
        "what is no first line of the gate is refused",
        arguments: [
            "tokenworks\n", "tokenworks-gate root eve -\n", "tokenworks-gate operator eve\n", "\n",
            "tokenworks-gate  operator eve -\n", String(repeating: "x", count: 300),
        ])
    func notTheGate(line: String) {
        var gate = GateTalk()
        guard case .refused = gate.input(Array(line.utf8)) else { return #expect(Bool(false), "it waits") }
    }

    @Test("an origin that is no address is none", arguments: ["10.0.0.7; rm", "\u{1b}", ""])
    func origins(origin: String) throws {
        #expect(try Voucher(name: "eve", mayAct: false, origin: origin).origin == "-")
    }
}
