// SPDX-License-Identifier: Apache-2.0

import Factory
import SwiftProtobuf
import TestSupport
import Testing

@testable import Wire

// One after the other: three at once would take both cores from every test that waits.
@Suite(.serialized) struct WireFuzzTests {
    /// What a client says in a busy minute.
    private static let clientSays: [UInt8] = {
        var client = ClientTalk(at: 0)
        var bytes = client.hello(build: "b", wants: "", session: "s", program: "attach")
        func add(_ actions: [ClientTalk.Action]) { for case .send(let more) in actions { bytes += more } }
        let welcome = WireFrame.with {
            $0.welcome.version = 1
            $0.welcome.plantKind = Record.encode(PlantKind.live).data
        }
        add(client.input(.bytes(FrameWriter.magic + FrameWriter.bytes(welcome)), at: 0))
        add(client.input(.look(Sample.everything()), at: 0))
        add(client.input(.plan(1, Draft(to: .training, preferred: [NodeID("a")])), at: 0))
        add(client.input(.perform("x", .submit(DecisionID(3), at: AllocationRevision(4), .reason("r"))), at: 0))
        add(client.input(.audit(2, limit: 9), at: 0))
        add(client.input(.people(3), at: 0))
        return bytes
    }()

    /// What a daemon says until two pictures are there.
    private static let serverSays: [UInt8] = {
        var pair = Pair(view: Sample.everything())
        var shelves = RecordShelves()
        var server = ServerTalk(
            host: .init(build: "b", plant: "p", kind: .live, started: 1), peer: Operator(name: "e", mayAct: true), at: 0
        )
        var client = ClientTalk(view: Sample.everything(), at: 0)
        var bytes: [UInt8] = []
        func hear(_ actions: [ServerTalk.Action], _ at: Double) {
            for case .send(let more) in actions {
                bytes += more
                for case .send(let reply) in client.input(.bytes(more), at: at) {
                    hear(server.input(.bytes(reply), at: at, &shelves), at)
                }
            }
        }
        hear(server.input(.bytes(client.hello(build: "", wants: "", session: "", program: "")), at: 0, &shelves), 0)
        var snapshot = Sample.filled(nodes: 5, gpus: 2)
        hear(server.input(.snapshot(snapshot), at: 1, &shelves), 1)
        snapshot = snapshot.next
        snapshot.nodes.power.values[1] = 7
        hear(server.input(.snapshot(snapshot), at: 3, &shelves), 3)
        hear(server.input(.performed("x", CommandOutcome(.hold, .accepted, "t")), at: 3, &shelves), 3)
        return bytes
    }()

    @Test("whatever a client sends, the daemon's side neither dies nor goes on with what it refused")
    func client() async {
        await Fuzz.run("WireFuzzTests.client", seconds: 8) { random in
            var server = ServerTalk(
                host: .init(build: "b", plant: "p", kind: .live, started: 1), peer: Operator(name: "e", mayAct: true),
                at: 0)
            var shelves = RecordShelves()
            let bytes = Fuzz.mutated(Self.clientSays, &random)
            var place = 0
            while place < bytes.count {
                let next = min(bytes.count, place + Int.random(in: 1...400, using: &random))
                let wasClosed = server.isClosed
                let actions = server.input(.bytes(Array(bytes[place..<next])), at: 0, &shelves)
                if wasClosed { #expect(actions.isEmpty) }
                place = next
            }
            _ = server.input(.snapshot(Sample.small), at: 5, &shelves)
        }
    }

    @Test("whatever a daemon sends, the client's side does not die")
    func server() async {
        await Fuzz.run("WireFuzzTests.server", seconds: 8) { random in
            var client = ClientTalk(view: Sample.everything(), at: 0)
            // Past the greeting, mostly: what comes first is soon refused.
            let keep = Int.random(in: 0..<4, using: &random) == 0 ? 0 : 100
            let bytes =
                Array(Self.serverSays.prefix(keep)) + Fuzz.mutated(Array(Self.serverSays.dropFirst(keep)), &random)
            for action in client.input(.bytes(bytes), at: 0) {
                guard case .snapshot(let snapshot) = action else { continue }
                // What screens read without asking.
                #expect(snapshot.nodes.states.count == snapshot.nodes.count)
                #expect(snapshot.nodes.since.count == snapshot.nodes.count)
                #expect(snapshot.nodes.groups.allSatisfy { $0.range.upperBound <= snapshot.nodes.count })
                for node in snapshot.nodes.indices { _ = snapshot.nodes.gpus.range(of: node) }
            }
        }
    }

    @Test("whatever bytes are taken for a record, reading them ends")
    func record() async {
        let samples = [
            Record.encode(Sample.filled().moves), Record.encode(PlantCommand.hold),
            Record.encode(Sample.filled().economy),
        ]
        await Fuzz.run("WireFuzzTests.record", seconds: 4) { random in
            let bytes = Fuzz.mutated(samples.randomElement(using: &random) ?? [], &random)
            // ignored because most of them are no records: it is about the way to that answer.
            _ = try? Record.decode([MoveStatus].self, from: bytes)
            _ = try? Record.decode(Economy?.self, from: bytes)
        }
    }
}

extension Sample {
    static let small = filled(nodes: 3, gpus: 1)
}
