// SPDX-License-Identifier: Apache-2.0

import Control
import Factory
import Foundation
import Testing
import Wire

@testable import Link

@Suite struct LinkTests {
    private let eve = Operator(name: "eve", mayAct: true)

    @Test("who is attached is what the kernel says, and the one who asks is marked")
    func presence() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 2)
        let serving = try rig.serve()
        let (one, two) = (try rig.remote(session: "a"), try rig.remote(wants: "viewer", session: "b"))
        let welcome = try await one.connect()
        #expect(welcome.you.mayAct)
        #expect(try await two.connect().you.mayAct == false)
        let tasks = [one, two].map { plant in Task { await plant.run() } }
        let people = await one.presence()
        #expect(people.map(\.session) == ["a", "b"])
        #expect(people.map(\.role) == ["operator", "viewer"])
        #expect(people.allSatisfy { $0.uid == geteuid() && $0.pid == getpid() && $0.name == welcome.you.name })
        #expect(people.map(\.isYou) == [true, false])
        let refused = await two.perform(.hold, by: eve)
        #expect(refused.verdict == .refused && refused.text.contains("viewer"))
        tasks.forEach { $0.cancel() }
        for task in tasks { await task.value }
        serving.cancel()
        try await serving.value
    }

    @Test("each client gets the past of the node it has opened, and nobody's when all have closed it")
    func past() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 20)
        let serving = try rig.serve()
        let (one, two) = (try rig.remote(session: "a"), try rig.remote(session: "b"))
        _ = try await one.connect()
        _ = try await two.connect()
        let tasks = [one, two].map { plant in Task { await plant.run() } }
        let ids = try #require(await rig.plant.newest).nodes.ids
        /// Whose past the newest picture of a client carries, once that is what it should be.
        func shows(_ plant: RemotePlant, _ subjects: Set<PastSubject>) async -> Bool {
            await eventually("the past of \(subjects)") {
                await rig.run(seconds: 1)
                for await snapshot in await plant.snapshots() {
                    return Set(snapshot.nodeTrends.keys.map(\.subject)) == subjects
                }
                return false
            }
        }
        await one.look(at: PlantView(opened: [3]))
        await two.look(at: PlantView(opened: [5], gpu: 1))
        #expect(await shows(one, [PastSubject(ids[3])]))
        #expect(await shows(two, [PastSubject(ids[5], gpu: 1)]))
        #expect(await shows(one, [PastSubject(ids[3])]), "not what the other has opened")
        await one.look(at: PlantView())
        tasks[1].cancel()
        await tasks[1].value
        #expect(await shows(one, []))
        #expect(await eventually("nobody looks any more") { await rig.plant.newest?.nodeTrends.isEmpty == true })
        tasks[0].cancel()
        await tasks[0].value
        serving.cancel()
        try await serving.value
    }

    @Test("the next session of a name is told where this one was, also when it was said while the link was lost")
    func places() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 1)
        let places = Places()
        var serving = try rig.serve(states: places)
        let one = try rig.remote(session: "day")
        let welcome = try await one.connect()
        #expect(welcome.state.isEmpty)
        let running = Task { await one.run() }
        await one.remember([1])
        let person = welcome.you.name
        #expect(await eventually("it is kept") { places.state(of: person, session: "day") == [1] })
        #expect(try await rig.remote(session: "day").connect().state == [1])
        #expect(try await rig.remote(session: "night").connect().state.isEmpty)
        // The daemon goes; what is said meanwhile comes with the next connection.
        serving.cancel()
        try await serving.value
        await one.remember([2])
        serving = try rig.serve(states: places)
        #expect(await eventually("it comes later") { places.state(of: person, session: "day") == [2] })
        await one.leave(at: [3])
        #expect(places.state(of: person, session: "day") == [3], "it comes back only when that has been heard")
        running.cancel()
        await running.value
        serving.cancel()
        try await serving.value
    }

    @Test("a second daemon on the same socket is refused in a sentence, and the first goes on")
    func second() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 1)
        let serving = try rig.serve()
        #expect { _ = try ListeningSocket(rig.path) } throws: { error in
            (error as? LinkError)?.kind == .refused && "\(error)".contains("serves on \(rig.path) already")
        }
        _ = try await rig.remote().connect()
        serving.cancel()
        try await serving.value
        #expect(!FileManager.default.fileExists(atPath: rig.path), "a daemon takes its socket away")
    }

    @Test("a socket that a killed daemon left is taken over; a file that is no socket is not")
    func stale() throws {
        let rig = try Rig()
        defer { rig.clean() }
        let path = rig.folder + "/left.sock"
        try FileManager.default.createDirectory(
            atPath: rig.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        let left = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let address = try SocketPath.address(path)
        #expect(SocketPath.with(address) { bind(left, $0, $1) } == 0)
        close(left)
        let taken = try ListeningSocket(path)
        var status = stat()
        #expect(lstat(path, &status) == 0 && status.st_mode & 0o777 == 0o660)
        close(taken.descriptor)
        let file = rig.folder + "/file.sock"
        #expect(FileManager.default.createFile(atPath: file, contents: Data("mine".utf8)))
        #expect(throws: LinkError.self) { _ = try ListeningSocket(file) }
        #expect(FileManager.default.contents(atPath: file) == Data("mine".utf8))
    }

    @Test("a folder that others can write, a link, and a path that is too long are refused with what to do")
    func folders() throws {
        let rig = try Rig()
        defer { rig.clean() }
        for (name, mode) in [("open", 0o777), ("group", 0o770)] {
            let folder = rig.folder + "/" + name
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            chmod(folder, mode_t(mode))
            #expect { _ = try ListeningSocket(folder + "/t.sock") } throws: { "\($0)".contains("chmod go-w") }
        }
        try FileManager.default.createSymbolicLink(atPath: rig.folder + "/link", withDestinationPath: "/tmp")
        #expect { _ = try ListeningSocket(rig.folder + "/link/t.sock") } throws: { "\($0)".contains("is a link") }
        let long = "/" + String(repeating: "x", count: 200)
        #expect { _ = try ListeningSocket(long) } throws: { "\($0)".contains("107") }
    }

    @Test("nobody there, and a daemon that went, are told apart")
    func unreachable() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await #expect { _ = try await rig.remote().connect() } throws: {
            "\($0)".contains("start one with 'tokenworks serve'")
        }
        #expect(throws: LinkError.self) { _ = try LinkAddress("http://x") }
    }

    @Test("the daemon goes: the last picture stays, locked; it comes back: the client is there again by itself")
    func lost() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 2)
        var serving = try rig.serve()
        let remote = try rig.remote()
        _ = try await remote.connect()
        let running = Task { await remote.run() }
        func picture() async -> FactorySnapshot? {
            for await snapshot in await remote.snapshots() { return snapshot }
            return nil
        }
        let before = try #require(await picture())
        #expect(before.mode == .manual)
        serving.cancel()
        try await serving.value
        #expect(await eventually("it is locked") { await picture()?.mode == .observe })
        #expect(await picture()?.nodes.count == before.nodes.count)
        for await state in await remote.links() {
            guard case .lost(_, let why) = state else { continue }
            #expect(!why.isEmpty)
            break
        }
        #expect(await remote.perform(.hold, by: eve).text.contains("nothing was sent"))
        guard case .impossible = await remote.plan(Draft(), by: eve) else {
            Issue.record("a plan without a link")
            return
        }
        serving = try rig.serve()
        #expect(await eventually("it is back") { await picture()?.mode == .manual })
        running.cancel()
        await running.value
        serving.cancel()
        try await serving.value
    }

    @Test("clients that vanish, say nothing, talk nonsense or never read do not keep the daemon from the others")
    func rude() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 2)
        let serving = try rig.serve()
        let address = try SocketPath.address(rig.path)
        var kept: [Int32] = []
        for number in 0..<1000 {
            let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            guard SocketPath.with(address, { Glibc.connect(client, $0, $1) }) == 0 else {
                close(client)
                continue
            }
            if number % 3 == 0 { _ = "GET / HTTP/1.1\r\n\r\n".withCString { write(client, $0, 18) } }
            if number % 100 == 0 { kept.append(client) } else { close(client) }
        }
        let joined = await eventually("a client is let in") {
            guard let remote = try? rig.remote(), (try? await remote.connect()) != nil else { return false }
            await remote.end()
            return true
        }
        #expect(joined)
        kept.forEach { close($0) }
        serving.cancel()
        try await serving.value
    }

    @Test("a client that takes nothing for half a minute is dropped, and the others see every update meanwhile")
    func slow() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 2)
        let clock = HandClock()
        let serving = try rig.serve { clock.now }
        let client = try #require(RawClient(rig.path))
        var talk = ClientTalk(at: 0)
        client.send(talk.hello(build: "", wants: "", session: "slow", program: "attach"))
        // It asks for the whole audit again and again, and takes none of it.
        _ = talk.input(.look(PlantView(origins: true)), at: 0)
        let remote = try rig.remote()
        _ = try await remote.connect()
        let running = Task { await remote.run() }
        for number in 0..<2000 where !client.isHungUp {
            for case .send(let bytes) in talk.input(.audit(UInt64(number), limit: 1000), at: 0) { client.send(bytes) }
            clock.advance(0.1)
            if number % 100 == 0 { await rig.run(seconds: 1) }
            await Task.yield()
        }
        let isDropped = await eventually("it is dropped") {
            clock.advance(1)
            return client.isHungUp
        }
        #expect(isDropped)
        // Its own clock runs in real seconds: it may have been taken for silent, and found its way back.
        #expect(await eventually("the other is there") { await remote.presence().map(\.session) == ["s"] })
        running.cancel()
        await running.value
        serving.cancel()
        try await serving.value
    }

    @Test("one account may be attached so many times, and the next is told so")
    func crowd() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 2)
        let serving = try rig.serve()
        var crowd: [RemotePlant] = []
        for number in 0..<ServerHub.limitEach {
            crowd.append(try rig.remote(session: "\(number)"))
            _ = try await crowd[number].connect()
        }
        let late = try rig.remote()
        await #expect { _ = try await late.connect() } throws: { error in
            (error as? LinkError)?.kind == .refused && "\(error)".contains("attached 32 times already")
        }
        // One that goes on talking all the same is not heard.
        let stubborn = try #require(RawClient(rig.path))
        var talk = ClientTalk(at: 0)
        stubborn.send(talk.hello(build: "", wants: "", session: "stubborn", program: "attach"))
        for case .send(let bytes) in talk.input(.perform("x", .hold), at: 0) { stubborn.send(bytes) }
        #expect(await eventually("it is closed") { stubborn.isClosed })
        #expect(await rig.plant.audit(limit: 10).isEmpty)
        await crowd[0].end()
        let isIn = await eventually("there is room again") { (try? await late.connect()) != nil }
        #expect(isIn)
        for plant in crowd + [late] { await plant.end() }
        serving.cancel()
        try await serving.value
    }

    @Test("what is looked at comes: a node's accelerators when it is opened")
    func view() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 5)
        let serving = try rig.serve()
        let remote = try rig.remote()
        _ = try await remote.connect()
        let running = Task { await remote.run() }
        func picture() async -> FactorySnapshot? {
            for await snapshot in await remote.snapshots() { return snapshot }
            return nil
        }
        #expect(await picture()?.nodes.temperature[3] == nil)
        await remote.look(at: PlantView(nodes: [3], opened: [4]))
        #expect(await eventually("node 3 in full") { await picture()?.nodes.temperature[3] != nil })
        let gpu = try #require(await picture()?.nodes.gpus.range(of: 4).first)
        #expect(await picture()?.nodes.gpus.power[gpu] != nil)
        running.cancel()
        await running.value
        serving.cancel()
        try await serving.value
    }

    @Test("waits grow and are never alike")
    func backOff() {
        var low = BackOff()
        var high = BackOff()
        let spans = (0..<8).map { _ in (low.next(chance: 0), high.next(chance: 0.999)) }
        #expect(spans[0].0 == 0.25 && spans[0].1 < 0.5)
        #expect(spans[7].0 == 7.5 && spans[7].1 <= 15)
        low.reset()
        #expect(low.next(chance: 0) == 0.25)
    }
}
