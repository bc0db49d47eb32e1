// SPDX-License-Identifier: Apache-2.0

import Backends
import Control
import Factory
import Foundation
import Planning
import Simulation
import Testing
import Wire

@testable import Link

/// A factory of several sites behind one daemon: each client looks where it wants.
@Suite struct SiteTests {
    private func fleet() async -> Fleet {
        var sites: [(id: SiteID, plant: LocalPlant)] = []
        let clock = SimulationClock(speed: 30)
        for (index, name) in ["india", "japan"].enumerated() {
            let backend = SimulatedBackend(
                SimulationSettings(nodes: 24 + 8 * index, seed: UInt64(index + 1), demandScale: nil),
                traffic: .generated(seed: UInt64(index + 1)), clock: clock, poll: Seconds(0.25))
            sites.append(
                (
                    SiteID(name),
                    LocalPlant(
                        name: "sim-\(name)", observers: [backend], actuator: backend, observeOnly: nil,
                        planner: Planner(), records: .inMemory(plant: "sim-\(name)"))
                ))
        }
        let fleet = Fleet(sites)
        for second in 0..<20 { await fleet.tick(now: 1000 + Double(second)) }
        return fleet
    }

    @Test("one client's visit is its own: another stays where it is, and orders go where each looks")
    func visits() async throws {
        let folder = NSTemporaryDirectory() + "site-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let fleet = await fleet()
        let sockets = try ListeningSocket.all(folder + "/run/t.sock")
        let host = ServerTalk.Host(
            build: "test", plant: "sim", kind: .simulated(speed: 30, demandScale: 1, seed: 1), started: 1)
        let server = LinkServer(fleet, host: host, on: sockets)
        let serving = Task { try await server.run() }
        var clients: [(plant: RemotePlant, you: Operator, task: Task<Void, Never>)] = []
        for (door, name) in [("eve", true), ("adam", true)] {
            let plant = RemotePlant(
                try LinkAddress("unix:" + Door.gate.path(of: folder + "/run/t.sock")), build: "test", session: door,
                patience: 300, voucher: try Voucher(name: door, mayAct: name, origin: "-"))
            let welcome = try await plant.connect()
            clients.append((plant, welcome.you, Task { await plant.run() }))
        }
        func site(_ client: Int) async -> SiteID? {
            for await snapshot in await clients[client].plant.snapshots() { return snapshot.site }
            return nil
        }
        #expect(
            await eventually("both are in india") {
                guard await site(0) == SiteID("india") else { return false }
                return await site(1) == SiteID("india")
            })
        let outcome = await clients[0].plant.perform(.visit(SiteID("japan")), by: clients[0].you)
        #expect(outcome.text == "In japan: keys and plans are for it now.")
        #expect(await eventually("eve is in japan") { await site(0) == SiteID("japan") })
        #expect(await site(1) == SiteID("india"))
        let unknown = await clients[1].plant.perform(.visit(SiteID("mars")), by: clients[1].you)
        #expect(unknown.verdict == .refused && unknown.text.contains("india, japan"))
        // HOLD is the site's: eve's is japan's.
        _ = await clients[0].plant.perform(.hold, by: clients[0].you)
        #expect(await clients[0].plant.audit(limit: 10).map(\.kind) == [.held])
        #expect(await clients[1].plant.audit(limit: 10).isEmpty)
        // The helm is the factory's, also where it was taken by acting.
        let speed = await clients[1].plant.perform(.setSpeed(5), by: clients[1].you)
        #expect(speed.verdict == .accepted, "\(speed.text)")
        let refused = await clients[0].plant.perform(.releaseHold, by: clients[0].you)
        #expect(refused.verdict == .refused && refused.text.contains("adam has the helm"), "\(refused.text)")
        for client in clients {
            client.task.cancel()
            await client.task.value
        }
        await fleet.end()
        try await serving.value
    }
}
