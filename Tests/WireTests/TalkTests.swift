// SPDX-License-Identifier: Apache-2.0

import Factory
import SwiftProtobuf
import Testing

@testable import Wire

@Suite struct TalkTests {
    private func server(mayAct: Bool = true) -> ServerTalk {
        ServerTalk(
            host: .init(build: "9.9", plant: "p", kind: .live, started: 1), peer: Operator(name: "eve", mayAct: mayAct),
            at: 0)
    }

    private func bytes(_ fill: (inout WireFrame) -> Void) -> [UInt8] { FrameWriter.bytes(WireFrame.with(fill)) }

    private func why(_ actions: [ServerTalk.Action]) -> String? {
        for case .close(let why) in actions { return why }
        return nil
    }

    @Test("client and daemon greet, and the first picture is whole")
    func greeting() {
        var pair = Pair()
        pair.show(Sample.filled())
        #expect(pair.closed == nil)
        #expect(pair.received?.nodes.count == 12)
        guard case .welcome(let welcome)? = pair.told.first else { return #expect(Bool(false), "no welcome") }
        #expect(welcome.you == Operator(name: "eve", mayAct: true))
        #expect(welcome.plant == "delhi")
    }

    @Test(
        "another version is a sentence that says who is older and what to do, and an end", arguments: [(0, 0), (2, 7)])
    func version(oldest: UInt32, newest: UInt32) {
        var server = server()
        var shelves = RecordShelves()
        let hello = bytes {
            $0.hello = .with {
                $0.oldest = oldest; $0.newest = newest
            }
        }
        let actions = server.input(.bytes(FrameWriter.magic + hello), at: 0, &shelves)
        let sentence = why(actions) ?? ""
        #expect(sentence.contains(newest == 0 ? "older than the daemon (9.9)" : "newer than the daemon (9.9)"))
        var client = ClientTalk(at: 0)
        var told: [ClientTalk.Action] = []
        for case .send(let bytes) in actions { told += client.input(.bytes(bytes), at: 0) }
        guard case .close(let said, true)? = told.first else { return #expect(Bool(false), "the client is not told") }
        #expect(said == sentence)
    }

    @Test("where a person is, is heard once, kept under their name, and told to the next session of it")
    func place() {
        var pair = Pair()
        pair.show(Sample.filled())
        pair.toClient(.remember([1, 2, 3]))
        pair.toClient(.look(PlantView(nodes: [2])))
        let heard = pair.asked.compactMap { if case .remember(let state) = $0 { state } else { nil } }
        #expect(heard == [[1, 2, 3]], "with one view, not with each")
        var server = ServerTalk(
            host: .init(build: "9.9", plant: "p", kind: .live, started: 1), peer: Operator(name: "eve", mayAct: true),
            recall: { who, session in Array("\(who.name) \(session)".utf8) }, at: 0)
        var shelves = RecordShelves()
        var client = ClientTalk(at: 0)
        let hello = client.hello(build: "", wants: "", session: "day", program: "attach")
        var told: [ClientTalk.Action] = []
        for case .send(let bytes) in server.input(.bytes(hello), at: 0, &shelves) {
            told += client.input(.bytes(bytes), at: 0)
        }
        guard case .welcome(let welcome)? = told.first else { return #expect(Bool(false), "no welcome") }
        #expect(String(decoding: welcome.state, as: UTF8.self) == "eve day")
        let large = bytes { $0.view.state = [UInt8](repeating: 1, count: 5000).data }
        #expect(why(server.input(.bytes(large), at: 1, &shelves))?.contains("5000 bytes") == true)
    }

    @Test("who says nothing for a second is sent away; who is silent later, after twenty")
    func silence() {
        var mute = server()
        var shelves = RecordShelves()
        #expect(why(mute.input(.tick, at: 0.9, &shelves)) == nil)
        #expect(why(mute.input(.tick, at: 1.1, &shelves)) != nil)
        var pair = Pair()
        pair.now = 19
        pair.toServer(.tick)
        #expect(pair.closed == nil)
        pair.now = 21
        pair.toServer(.tick)
        #expect(pair.closed != nil)
    }

    @Test("garbage, oversized frames and messages out of turn end the connection with a reason")
    func garbage() {
        let cases: [(String, [UInt8])] = [
            ("not tokenworks", Array("GET / HTTP/1.1\r\n\r\n".utf8)),
            ("bytes, and 4096 are allowed", FrameWriter.magic + [0, 0, 0x20, 0]),
            ("cannot be read", FrameWriter.magic + [0, 0, 0, 2, 0xFF, 0xFF]),
            ("begins with hello", FrameWriter.magic + bytes { $0.beat = WireBeat() }),
            ("in one piece", FrameWriter.magic + bytes { $0.part = .with { $0.complete = true } }),
        ]
        for (words, bytes) in cases {
            var server = server()
            var shelves = RecordShelves()
            let reason = why(server.input(.bytes(bytes), at: 0, &shelves))
            #expect(reason?.contains(words) == true, "\(reason ?? "it went on")")
            #expect(server.isClosed)
        }
        var pair = Pair()
        pair.toServer(.bytes(bytes { $0.welcome = WireWelcome() }))
        #expect(pair.closed?.contains("not a client's to send") == true)
    }

    @Test("frames in single bytes are frames")
    func pieces() {
        var pair = Pair()
        for byte in bytes({ $0.presence.ask = 7 }) { pair.toServer(.bytes([byte])) }
        guard case .people(7)? = pair.asked.last else { return #expect(Bool(false), "\(pair.asked)") }
    }

    @Test("an audit record of every kind crosses the link as it was", arguments: AuditRecord.Kind.allCases)
    func auditKinds(_ kind: AuditRecord.Kind) throws {
        let record = AuditRecord(
            sequence: 1, kind: kind, wall: 0, at: PlantTime(epoch: 0), by: "eve", decision: DecisionID(4), node: nil,
            step: nil, mode: .manual, text: "t", details: ["until": "x"], previous: "", hash: "x")
        #expect(try Record.decode(AuditRecord.self, from: Record.encode(record).data) == record)
    }

    @Test("a large answer travels in pieces of at most 512 KiB")
    func parts() throws {
        let record = AuditRecord(
            sequence: 1, kind: .asked, wall: 0, at: PlantTime(epoch: 0), by: "eve", decision: nil, node: nil, step: nil,
            mode: .manual, text: String(repeating: "long ", count: 50_000), details: ["a": "b"], previous: "", hash: "x"
        )
        var pair = Pair()
        pair.toClient(.audit(1, limit: 10))
        let actions = pair.server.input(.audited(1, [record, record, record, record, record]), at: 0, &pair.shelves)
        guard case .send(let all)? = actions.first else { return #expect(Bool(false)) }
        var sizes: [Int] = []
        var place = 0
        while place < all.count {
            let size = all[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            sizes.append(size)
            place += 4 + size
        }
        #expect(sizes.count == 3 && sizes.allSatisfy { $0 <= WireLimit.chunk })
        pair.toClient(.bytes(all))
        guard case .audited(1, let records)? = pair.told.last else { return #expect(Bool(false)) }
        #expect(records.count == 5 && records[4] == record)
    }

    @Test("an update waits for credit and for a second; a change of the allocation only for credit")
    func credit() {
        var server = server()
        var client = ClientTalk(at: 0)
        var shelves = RecordShelves()
        /// How many pictures come of it; credit goes back only when told to.
        func deliver(_ actions: [ServerTalk.Action], at now: Double, credits: Bool = true) -> Int {
            var count = 0
            for case .send(let bytes) in actions {
                for action in client.input(.bytes(bytes), at: now) {
                    if case .snapshot = action { count += 1 }
                    if credits, case .send(let reply) = action {
                        count += deliver(server.input(.bytes(reply), at: now, &shelves), at: now)
                    }
                }
            }
            return count
        }
        var snapshot = Sample.filled()
        let hello = client.hello(build: "", wants: "", session: "", program: "")
        #expect(deliver(server.input(.bytes(hello), at: 0, &shelves), at: 0) == 0)
        #expect(deliver(server.input(.snapshot(snapshot), at: 10, &shelves), at: 10) > 0)
        snapshot.sequence += 1
        #expect(deliver(server.input(.snapshot(snapshot), at: 10.5, &shelves), at: 10.5) == 0, "too soon")
        #expect(deliver(server.input(.tick, at: 11.1, &shelves), at: 11.1) == 1, "a second later")
        snapshot.sequence += 1
        snapshot.revision.number += 1
        let change = server.input(.snapshot(snapshot), at: 11.2, &shelves)
        #expect(deliver(change, at: 11.2, credits: false) == 1, "the allocation changed")
        snapshot.sequence += 1
        #expect(deliver(server.input(.snapshot(snapshot), at: 20, &shelves), at: 20) == 0, "no credit")
    }

    @Test(
        "a viewer's commands are refused before anybody hears of them; looking at another site is no command",
        arguments: [
            PlantCommand.hold, .releaseHold, .abort(DecisionID(3)), .setSpeed(3),
            .submit(DecisionID(3), at: AllocationRevision(1), .yes),
        ])
    func viewer(command: PlantCommand) {
        for (mayAct, wants) in [(false, ""), (false, "operator"), (true, "viewer")] {
            var pair = Pair(mayAct: mayAct, wants: wants)
            pair.asked = []
            pair.toClient(.perform("a", command))
            // Who keeps the log hears of it, and nobody else.
            guard case .refused(command, _)? = pair.asked.first, pair.asked.count == 1 else {
                return #expect(Bool(false), "\(pair.asked)")
            }
            guard case .outcome("a", let outcome)? = pair.told.last else { return #expect(Bool(false)) }
            #expect(outcome?.verdict == .refused)
            pair.toClient(.perform("b", .visit(SiteID("norway"))))
            #expect(pair.asked.count == 2)
        }
        var pair = Pair()
        pair.asked = []
        pair.toClient(.perform("a", command))
        guard case .perform("a", command)? = pair.asked.first else { return #expect(Bool(false), "\(pair.asked)") }
        pair.toServer(.performed("a", CommandOutcome(command, .accepted, "done")))
        guard case .outcome("a", let outcome?)? = pair.told.last else { return #expect(Bool(false)) }
        #expect(outcome == CommandOutcome(command, .accepted, "done"))
        pair.toClient(.inquire("zzz"))
        pair.toServer(.performed("zzz", nil))
        guard case .outcome("zzz", nil)? = pair.told.last else { return #expect(Bool(false)) }
    }

    @Test("a client may not ask without end")
    func questions() {
        var pair = Pair()
        for number in 0..<16 { pair.toClient(.audit(UInt64(number), limit: 5)) }
        #expect(pair.closed == nil)
        pair.toClient(.audit(99, limit: 5))
        #expect(pair.closed?.contains("16 questions") == true)
    }

    @Test("noise of a login before the daemon's first word is skipped, and shown where nothing else comes")
    func noise() {
        var client = ClientTalk(at: 0)
        #expect(client.input(.bytes(Array("Welcome to host\nlast login\n".utf8)), at: 0).isEmpty)
        guard case .close(let why, _)? = client.input(.tick, at: 9).first else { return #expect(Bool(false)) }
        #expect(why.contains("Welcome to host"))
        client = ClientTalk(at: 0)
        _ = client.input(.bytes(Array("motd\n".utf8) + FrameWriter.magic), at: 0)
        let welcome = bytes {
            $0.welcome = .with {
                $0.version = 1; $0.plantKind = Record.encode(PlantKind.live).data
            }
        }
        guard case .welcome? = client.input(.bytes(welcome), at: 0).first else { return #expect(Bool(false)) }
    }
}
