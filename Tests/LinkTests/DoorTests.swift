// SPDX-License-Identifier: Apache-2.0

import Control
import Factory
import Foundation
import Glibc
import Testing
import Wire

@testable import Link

/// Who may come through which of a daemon's three sockets, and as what.
@Suite struct DoorTests {
    @Test("the kernel's word makes an operator: the own account, root, and the operators' group; the view socket none")
    func roles() {
        let (own, other): (UInt32, UInt32) = (geteuid(), 54_321)
        let access = Access(operators: 700, viewers: 701)
        func who(_ uid: UInt32, gid: UInt32 = 5, _ groups: Set<UInt32> = []) -> Credentials {
            Credentials(pid: 1, uid: uid, gid: gid, groups: groups)
        }
        let rows: [(Credentials, Bool)] = [
            (who(own), true), (who(0), true), (who(other), false), (who(other, gid: 700), true),
            (who(other, [3, 700]), true), (who(other, [3, 701]), false), (who(other, gid: 701, [0]), false),
        ]
        for (credentials, mayAct) in rows {
            #expect(access.mayAct(credentials, through: .main) == mayAct, "\(credentials)")
            #expect(!access.mayAct(credentials, through: .view), "\(credentials)")
        }
        #expect(!Access().mayAct(who(other, [700]), through: .main), "without a group nobody else acts")
    }

    @Test("a group is found by name and by number, and none is none")
    func groups() {
        #expect(Access.number(ofGroup: "root") == 0)
        #expect(Access.number(ofGroup: "4711") == 4711)
        #expect(Access.number(ofGroup: "no such group") == nil)
    }

    @Test("the sockets lie side by side: for all, for those who look, and the gate for the daemon's account alone")
    func modes() throws {
        let rig = try Rig()
        defer { rig.clean() }
        // Only root may give a socket to a group that it is no member of: then each has its own.
        let own = UInt32(getegid())
        let groups: [UInt32] = geteuid() == 0 ? [4711, 4712, own] : [own, own, own]
        let sockets = try ListeningSocket.all(rig.path, Access(operators: groups[0], viewers: groups[1]))
        let modes = try zip(sockets, groups).map { socket, group in
            var status = stat()
            try #require(lstat(socket.path, &status) == 0)
            #expect(status.st_gid == group, "\(socket.path)")
            return status.st_mode & 0o777
        }
        #expect(modes == [0o660, 0o660, 0o600])
        #expect(sockets.map { $0.path.split(separator: "/").last } == ["t.sock", "t.view.sock", "t.gate.sock"])
        var folder = stat()
        #expect(lstat(SocketPath.folder(of: rig.path), &folder) == 0 && folder.st_mode & 0o777 == 0o750)
        sockets.forEach { $0.remove() }
        #expect(try FileManager.default.contentsOfDirectory(atPath: rig.folder + "/run") == ["t.sock.lock"])
    }

    @Test("a group that the daemon may not give its socket to is an error that says so")
    func foreignGroup() throws {
        guard geteuid() != 0 else { return }
        let rig = try Rig()
        defer { rig.clean() }
        #expect { _ = try ListeningSocket.all(rig.path, Access(operators: 1)) } throws: {
            "\($0)".contains("group number 1")
        }
    }

    private func connect(
        _ rig: Rig, _ door: Door, wants: String = "", voucher: Voucher? = nil, session: String = "s"
    ) async throws -> (RemotePlant, Welcome) {
        let plant = RemotePlant(
            try LinkAddress("unix:" + door.path(of: rig.path)), build: "test", wants: wants, session: session,
            patience: 300, voucher: voucher)
        do {
            return (plant, try await plant.connect())
        } catch {
            await plant.end()
            throw error
        }
    }

    @Test("who comes through the view socket looks, although the kernel says it is the daemon's own account")
    func view() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 2)
        let serving = try rig.serve()
        let (plant, welcome) = try await connect(rig, .view)
        #expect(!welcome.you.mayAct)
        let running = Task { await plant.run() }
        let outcome = await plant.perform(.hold, by: welcome.you)
        #expect(outcome.verdict == .refused && outcome.text.contains("viewer"))
        #expect(await rig.plant.newest?.mode == .manual)
        running.cancel()
        await running.value
        serving.cancel()
        try await serving.value
    }

    @Test("on the gate the key's owner is who they are vouched for, and may ask for less and not for more")
    func gate() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 2)
        let serving = try rig.serve()
        let rows: [(String, Bool, String, Bool)] = [
            ("eve", true, "", true), ("adam", true, "viewer", false), ("ann", false, "", false),
            ("bob", false, "operator", false),
        ]
        var open: [(RemotePlant, Task<Void, Never>)] = []
        for (name, may, wants, mayAct) in rows {
            let voucher = try Voucher(name: name, mayAct: may, origin: "10.0.0.7")
            let (plant, welcome) = try await connect(rig, .gate, wants: wants, voucher: voucher, session: name)
            #expect(welcome.you == Operator(name: name, mayAct: mayAct))
            open.append((plant, Task { await plant.run() }))
        }
        let people = await open[0].0.presence()
        #expect(people.map(\.name) == ["eve", "adam", "ann", "bob"])
        #expect(people.allSatisfy { $0.origin == "10.0.0.7" })
        #expect(people.filter(\.isYou).map(\.name) == ["eve"])
        // They share the plant: who steers is one of them.
        #expect(await eventually("all are in the room") { await rig.plant.newest?.room?.people.count == 4 })
        #expect(await open[0].0.perform(.takeHelm, by: Operator(name: "x", mayAct: true)).text == "eve has the helm.")
        #expect(await open[2].0.perform(.takeHelm, by: Operator(name: "x", mayAct: true)).verdict == .refused)
        #expect(await rig.plant.newest?.room?.helm?.by == "eve")
        for (_, running) in open {
            running.cancel()
            await running.value
        }
        serving.cancel()
        try await serving.value
    }

    @Test("a gate's line on another socket, and none on the gate, end the connection")
    func wrongDoor() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 2)
        let serving = try rig.serve()
        let eve = try Voucher(name: "eve", mayAct: true, origin: "-")
        for door in [Door.main, .view] {
            await #expect { _ = try await connect(rig, door, voucher: eve) } throws: {
                "\($0)".contains("not tokenworks speaking")
            }
        }
        await #expect { _ = try await connect(rig, .gate) } throws: { "\($0)".contains("gate's first line") }
        // Who says nothing at the gate is sent away after a second, as everywhere.
        let mute = try #require(RawClient(Door.gate.path(of: rig.path)))
        #expect(await eventually("it is closed") { mute.isClosed })
        serving.cancel()
        try await serving.value
    }
}
