// SPDX-License-Identifier: Apache-2.0

import Backends
import Control
import Factory
import Foundation
import Glibc
import Planning
import Simulation
import Synchronization
import Wire

@testable import Link

/// A small simulated plant that the test gives the time, alone or behind a daemon's socket.
final class Rig: Sendable {
    let plant: LocalPlant
    let folder: String
    let path: String
    private let wall: Wall

    private actor Wall {
        var now = 1000.0
        func advance(_ seconds: Double) -> Double {
            now += seconds
            return now
        }
    }

    init() throws {
        folder = NSTemporaryDirectory() + "link-\(UUID().uuidString.prefix(8))"
        path = folder + "/run/t.sock"
        wall = Wall()
        let clock = SimulationClock(speed: 30)
        let backend = SimulatedBackend(
            SimulationSettings(nodes: 32, seed: 7, demandScale: nil), traffic: .generated(seed: 7), clock: clock,
            poll: Seconds(0.25))
        plant = LocalPlant(
            name: "sim", observers: [backend], actuator: backend, observeOnly: nil, planner: Planner(),
            records: .inMemory(plant: "sim"), remembers: true)
    }

    /// Lets so many wall seconds pass, a poll each.
    func run(seconds: Int) async {
        for _ in 0..<seconds { await plant.tick(now: await wall.advance(1)) }
    }

    func serve(
        states: (any ViewStates)? = nil, now: @escaping @Sendable () -> Double = Monotonic.now,
        tell: @escaping @Sendable (LinkNews) -> Void = { _ in }
    ) throws -> Task<Void, any Error> {
        let sockets = try ListeningSocket.all(path)
        let host = ServerTalk.Host(
            build: "test", plant: "sim", kind: .simulated(speed: 30, demandScale: 1, seed: 7), started: 1)
        let server = LinkServer(plant, host: host, on: sockets, states: states, now: now, tell: tell)
        return Task { try await server.run() }
    }

    /// Patient: a thousand tests share two threads, and the server's turn may take minutes to come.
    func remote(wants: String = "", session: String = "s") throws -> RemotePlant {
        RemotePlant(try LinkAddress("unix:" + path), build: "test", wants: wants, session: session, patience: 300)
    }

    func clean() { try? FileManager.default.removeItem(atPath: folder) }
}

/// Waits for a condition that something else brings about.
func eventually(_ what: String, within seconds: Double = 300, _ condition: () async -> Bool) async -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
        if await condition() { return true }
        await Task.yield()
    }
    return false
}

/// A clock that stands until it is set.
final class HandClock: Sendable {
    private let seconds = Mutex(0.0)
    var now: Double { seconds.withLock { $0 } }
    func advance(_ more: Double) { seconds.withLock { $0 += more } }
}

/// A client that is nothing but a socket.
final class RawClient: Sendable {
    let descriptor: Int32

    init?(_ path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard let address = try? SocketPath.address(path),
            SocketPath.with(address, { Glibc.connect(descriptor, $0, $1) }) == 0
        else { return nil }
    }

    @discardableResult
    func send(_ bytes: [UInt8]) -> Int { Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    /// Whether the other side has closed; what it said before is thrown away.
    var isClosed: Bool {
        var room = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &room, room.count, Int32(MSG_DONTWAIT))
            if count == 0 { return true }
            if count < 0 { return errno != EAGAIN }
        }
    }

    /// Whether the other side has closed, without taking anything of what it said.
    var isHungUp: Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLHUP | readHangup), revents: 0)
        return poll(&state, 1, 0) > 0 && state.revents & Int16(POLLHUP | readHangup) != 0
    }

    deinit { close(descriptor) }
}

/// `POLLRDHUP`, which Glibc shows to GNU sources only.
private let readHangup: Int32 = 0x2000

/// Where people were, in memory.
final class Places: ViewStates {
    private let known = Mutex<[String: [UInt8]]>([:])
    func state(of person: String, session: String) -> [UInt8] { known.withLock { $0["\(person) \(session)"] ?? [] } }
    func keep(_ state: [UInt8], of person: String, session: String) {
        known.withLock { $0["\(person) \(session)"] = state }
    }
}
