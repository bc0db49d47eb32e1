// SPDX-License-Identifier: Apache-2.0

import Factory
import Foundation
import SlurmText
import Synchronization
import Testing

@testable import Backends

@Suite("A Slurm cluster, as slurmrestd says it") struct SlurmRestTests {
    /// Replies by path; a path that is not there is 404.
    private static func server(_ replies: [String: Reply]) async throws -> RawServer {
        try await RawServer { path, _ in replies[path] ?? .page("Authentication failure", status: "404 NOT FOUND") }
    }

    private static func page(_ fixturePath: String, status: String = "200 OK") throws -> Reply {
        .page(try fixture(fixturePath), status: status, headers: ["Content-Type: application/json"])
    }

    private static func recorded() throws -> [String: Reply] {
        var replies = ["/openapi/v3": try page("slurm-22.05.8-rest/openapi.json")]
        for name in ["nodes", "partitions", "reservations", "diag"] {
            replies["/slurm/v0.0.38/\(name)"] = try page("slurm-22.05.8-rest/\(name).json")
        }
        return replies
    }

    private func stage(_ server: RawServer, _ change: (inout SlurmRest) -> Void = { _ in }) throws -> SlurmStage {
        var rest = SlurmRest(.url(server.url("")))
        change(&rest)
        return try SlurmStage { [rest] in $0.rest = rest }
    }

    /// What commands and REST both say, and what they say at the same moment.
    private static func plain(_ node: SlurmNode) -> SlurmNode {
        var node = node
        (node.memoryFree, node.cpuLoad) = (nil, nil)
        node.reason = node.reason.map { $0.split(separator: "\n").joined(separator: " ") }
        return node
    }

    private static func told(_ folder: String, _ name: String) throws -> String {
        String(decoding: try fixture("\(folder)/scontrol-\(name).txt"), as: UTF8.self)
    }

    @Test("both ways say the same of nodes, partitions and reservations", arguments: [38, 40, 41, 42])
    func same(version: Int) async throws {
        let isOld = version == 38
        let folder = isOld ? "slurm-22.05.8-rest" : "slurm-24.11.5"
        var replies = ["/openapi/v3": try Self.page("\(folder)/openapi.json")]
        if !isOld {
            // The server speaks three of them; each is read as if it were its newest.
            replies["/openapi/v3"] = .page("/slurm/v0.0.\(version)/nodes/")
        }
        for name in ["nodes", "partitions", "reservations", "diag"] {
            let path = isOld ? "\(folder)/\(name).json" : "\(folder)/v0.0.\(version)/\(name).json"
            replies["/slurm/v0.0.\(version)/\(name)"] = try Self.page(path)
        }
        let server = try await Self.server(replies)
        let reader = SlurmRestReader(SlurmRest(.url(server.url(""))), deadline: .seconds(300))
        let cluster = try await reader.cluster()
        #expect(await reader.version == version && cluster.remark == nil)
        let nodes = SlurmNode.nodes(in: try Self.told(folder, "nodes"))
        #expect(cluster.nodes.count == (isOld ? 16 : 4) && cluster.nodes.count == nodes.count)
        for (rest, command) in zip(cluster.nodes, nodes) {
            #expect(Self.plain(rest) == Self.plain(command))
            #expect(rest.cpuLoad != nil && rest.memoryFree != nil)
        }
        let partitions = try SlurmPartition.partitions(in: try Self.told(folder, "partitions")).map { partition in
            var partition = partition
            // The newer schema does not say it.
            if !isOld { partition.isDefault = false }
            return partition
        }
        #expect(cluster.partitions == partitions)
        let reservations = try SlurmReservation.reservations(in: try Self.told(folder, "reservations"))
        #expect(cluster.reservations == reservations)
        #expect(cluster.health?.threads != nil && cluster.health?.lastCycle != nil && cluster.health?.at != nil)
    }

    @Test("a server's own description says which schemas it speaks, however it writes its paths")
    func described() throws {
        #expect(SlurmRestReader.versions(in: try fixture("slurm-22.05.8-rest/openapi.json")) == [37, 38])
        #expect(SlurmRestReader.versions(in: try fixture("slurm-24.11.5/openapi.json")) == [40, 41, 42])
    }

    @Test("the observer keeps its contract over REST, with the queue from squeue")
    func contract() async throws {
        let server = try await Self.server(Self.recorded())
        let observation = await (try stage(server)).poll()
        checkContract(observation)
        #expect(observation.source.problem == nil && observation.hosts.count == 16)
        #expect(observation.training?.pendingJobs == 100)
        let down = try #require(observation.hosts.first { $0.name == "node013" }?.allocation?.condition)
        #expect(down.text == "down: line1 line2 NodeName=forged State=IDLE by root")
    }

    @Test(
        "schemas that were not recorded, by the rule: arrays of states and numbers that may be unset",
        arguments: [39, 44])
    func newer(version: Int) async throws {
        var replies: [String: Reply] = [
            "/openapi/v3": .page(
                "{\"paths\": {\"\\/slurm\\/v0.0.\(version)\\/nodes\\/\": {}, \"/slurm/v0.0.36/nodes\": {}}}")
        ]
        for name in ["nodes", "partitions", "reservations", "diag"] {
            replies["/slurm/v0.0.\(version)/\(name)"] = try Self.page("documented-slurm-0.0.39/\(name).json")
        }
        let server = try await Self.server(replies)
        let observation = await (try stage(server)).poll()
        checkContract(observation)
        #expect(observation.hosts.map(\.name) == ["gpu001", "gpu002", "gpu003"])
        let states = observation.hosts.compactMap(\.allocation)
        #expect(states.map(\.words) == ["MIXED", "IDLE+DRAIN", "DOWN+NOT_RESPONDING"])
        #expect(states[0].gpusAllocated == 3 && states[0].heldGPUs == [0, 1, 2])
        #expect(states[1].condition?.text == "drained by ann: fan")
        #expect(observation.hosts[0].cpu == 0.125)
        #expect(observation.pools.map(\.pool) == [.training])
        #expect(observation.source.odd.first?.remark.contains("speaks REST v0.0.\(version)") == true)
    }

    @Test("a controller that slurmrestd cannot reach, in either shape of its errors")
    func errors() async throws {
        for status in ["200 OK", "500 INTERNAL ERROR"] {
            var replies = try Self.recorded()
            replies["/slurm/v0.0.38/nodes"] = try Self.page("slurm-22.05.8-rest/nodes-ctld-down.json", status: status)
            let server = try await Self.server(replies)
            let observation = await (try stage(server)).poll()
            checkContract(observation)
            #expect(observation.source.problem?.contains("does not answer slurmrestd") == true)
            #expect(observation.hosts.isEmpty && observation.training == nil)
        }
        let error = try JSONDecoder().decode(
            RestReply<RestNothing>.self,
            from: Data(
                #"{"errors":[{"description":"d","error_number":2017,"error":"Invalid job id","source":"s"}]}"#.utf8))
        #expect(error.errors.first?.failure.text == "refuses: d: Invalid job id")
    }

    @Test("no server, a server of another kind, and one that only speaks what is too old")
    func strangers() async throws {
        let gone = try await Self.server([:])
        try await gone.close()
        #expect(await (try stage(gone)).poll().source.problem?.contains("slurmrestd at") == true)
        let other = try await Self.server(["/openapi/v3": .page("{}")])
        #expect(await (try stage(other)).poll().source.problem?.contains("no version that is known") == true)
        let old = try await Self.server(["/openapi/v3": .page("/slurm/v0.0.36/nodes")])
        #expect(await (try stage(old)).poll().source.problem?.contains("v0.0.36 at most") == true)
    }

    @Test("a token is read from its file for each request, and one that is over or refused says so")
    func tokens() async throws {
        let seen = Mutex("")
        let replies = try Self.recorded()
        let server = try await RawServer { path, request in
            seen.withLock { $0 = request }
            guard request.contains("good") else { return .page("Authentication failure", status: "401 UNAUTHORIZED") }
            return replies[path] ?? .page("", status: "404 NOT FOUND")
        }
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
        defer {
            // ignored because the temporary folder is cleared anyway.
            try? FileManager.default.removeItem(at: file)
        }
        let stage = try stage(server) { ($0.tokenFile, $0.user) = (file.path, "ann") }
        #expect(await stage.poll().source.problem?.contains(file.path) == true)
        try Data("SLURM_JWT=bad\n".utf8).write(to: file)
        #expect(await stage.poll(after: 10).source.problem?.contains("does not take the token of") == true)
        // {"exp":1}
        try Data("x.eyJleHAiOjF9.good\n".utf8).write(to: file)
        #expect(await stage.poll(after: 10).source.problem?.contains("is over since") == true)
        try Data("good\n".utf8).write(to: file)
        #expect(await stage.poll(after: 10).source.problem == nil)
        let head = seen.withLock { $0 }
        #expect(head.contains("X-SLURM-USER-NAME: ann") && head.contains("X-SLURM-USER-TOKEN: good"))
    }

    @Test("a token that only the controller refuses is told of beside what else it may be")
    func refusedBehind() async throws {
        var replies = try Self.recorded()
        replies["/slurm/v0.0.38/nodes"] = try Self.page(
            "slurm-22.05.8-rest/nodes-ctld-down.json", status: "500 INTERNAL ERROR")
        let server = try await Self.server(replies)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("token-\(UUID().uuidString)")
        defer {
            // ignored because the temporary folder is cleared anyway.
            try? FileManager.default.removeItem(at: file)
        }
        try Data("x\n".utf8).write(to: file)
        let observation = await (try stage(server) { ($0.tokenFile, $0.user) = (file.path, "ann") }).poll()
        #expect(observation.source.problem?.contains("or does not take the token of \(file.path)") == true)
    }

    @Test(
        "numbers of every kind",
        arguments: [
            ("5", 5), ("null", nil), (#"{"set":true,"infinite":false,"number":7}"#, 7),
            (#"{"set":false,"infinite":false,"number":0}"#, nil),
            (#"{"set":true,"infinite":true,"number":0}"#, .infinity),
            (#""Infinity""#, .infinity), ("4294967294", nil),
        ] as [(String, Double?)])
    func numbers(json: String, value: Double?) throws {
        let read = try JSONDecoder().decode([RestNumber].self, from: Data("[\(json)]".utf8))
        #expect(read.first?.known == value)
    }
}
