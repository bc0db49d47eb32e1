// SPDX-License-Identifier: Apache-2.0

import Factory
import Foundation
import Testing

@testable import tokenworks

@Suite("status: the object that docs/status.md describes")
struct StatusReportTests {
    private func json(_ snapshot: FactorySnapshot) throws -> [String: Any] {
        let bytes = try JSONEncoder().encode(StatusReport(snapshot))
        return try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    }

    /// `nodes.total`, `allocation.revision`: every key down to its leaf.
    private func keys(_ object: [String: Any], _ prefix: String = "") -> [String] {
        object.flatMap { key, value in
            (value as? [String: Any]).map { keys($0, prefix + key + ".") } ?? [prefix + key]
        }.sorted()
    }

    @Test("every key is always there, exactly those that are documented")
    func exactKeys() throws {
        let documented = try Document("docs/status.md").nestedKeys.sorted()
        #expect(!documented.isEmpty)
        let nothing = FactorySnapshot(plant: "p", kind: .live, at: SampleSnapshot.at)
        for snapshot in [SampleSnapshot.simulated, SampleSnapshot.hosts, nothing] {
            #expect(keys(try json(snapshot)) == documented)
        }
    }

    @Test("a simulation's numbers, and both sums")
    func simulated() throws {
        let object = try json(SampleSnapshot.simulated)
        #expect(object["source"] as? String == "simulated")
        #expect(object["taken_at"] as? String == "2026-01-05T00:00:00Z")
        var nodes = try #require(object["nodes"] as? [String: Int])
        let states = [
            "serving": 2, "draining": 1, "loading": 1, "warming": 2, "training": 2, "restarting": 1, "spare": 2,
            "failed": 1, "out": 0,
        ]
        #expect(nodes.removeValue(forKey: "total") == 12)
        #expect(nodes == states && states.values.reduce(0, +) == 12)
        var allocation = try #require(object["allocation"] as? [String: Int])
        #expect(allocation.removeValue(forKey: "revision") == 42)
        #expect(allocation == ["training": 2, "inference": 2, "in_transit": 5, "spare": 2, "failed": 1, "out": 0])
        #expect(allocation.values.reduce(0, +) == 12)
        #expect(object["queue"] as? [String: Int] == ["inference_waiting": 7, "training_pending": 5])
        let tokens = try #require(object["tokens_per_second"] as? [String: Any])
        #expect(tokens["prefill"] as? Double == 1300.5 && tokens["decode"] as? Double == 850.25)
        #expect(tokens["trained"] is NSNull && tokens["trained_age"] is NSNull)
        #expect((object["dead_targets"] as? [Any])?.isEmpty == true)
    }

    @Test("what no source says is null, never 0; a part of a ledger is not given as the whole")
    func unknown() throws {
        for states in [[.unknown, .unknown], [.serving, .unknown]] as [[NodeState]] {
            let object = try json(SampleSnapshot.plant(.live, states: states))
            #expect(object["source"] as? String == "live")
            var nodes = try #require(object["nodes"] as? [String: Any])
            #expect(nodes.removeValue(forKey: "total") as? Int == 2)
            for part in [nodes, object["allocation"], object["queue"], object["tokens_per_second"]] {
                let values = try #require(part as? [String: Any])
                #expect(!values.isEmpty && values.values.allSatisfy { $0 is NSNull }, "\(values)")
            }
        }
    }

    @Test("a class has every documented key, and how its requests end")
    func classes() throws {
        var snapshot = SampleSnapshot.simulated
        snapshot.pools[0].finished = .fresh(RequestsPerSecond(9))
        snapshot.pools[0].failed = .fresh(RequestsPerSecond(1))
        let classes = try #require(try json(snapshot)["classes"] as? [[String: Any]])
        #expect(classes.map { $0["name"] as? String } == ["chat", "think"])
        #expect(classes[0]["failed"] as? Double == 1 && classes[0]["answered"] as? Double == 9)
        #expect(classes[1]["failed"] is NSNull && classes[1]["waiting"] as? Double == 4)
        let row = try #require(try Document("docs/status.md").rows.first { $0[0] == "`classes[]`" })
        #expect(Set(classes[0].keys) == Set(Document.quoted(row[2])))
        let lines = StatusReport(snapshot).lines
        #expect(lines.contains { $0.hasPrefix("class chat") && $0.hasSuffix("answers 9/s, fails 10 %!") }, "\(lines)")
    }

    @Test("a live plant's jobs have every documented key, and what is stale says its age")
    func jobs() throws {
        var snapshot = SampleSnapshot.hosts
        var job = JobState(
            id: JobID("j"), name: "j", owner: "", phase: .running, nodes: 0, minNodes: 0, maxNodes: 0, gpusPerNode: 0,
            since: SampleSnapshot.at)
        job.trained = .stale(TokensPerSecond(1200), age: Seconds(300))
        snapshot.jobs = [job]
        snapshot.trained = job.trained
        let object = try json(snapshot)
        let jobs = try #require(object["jobs"] as? [[String: Any]])
        let row = try #require(try Document("docs/status.md").rows.first { $0[0] == "`jobs[]`" })
        #expect(jobs.map { Set($0.keys) } == [Set(Document.quoted(row[2]))])
        #expect(jobs[0]["trained"] as? Double == 1200 && jobs[0]["age"] as? Double == 300)
        #expect(jobs[0]["nodes"] is NSNull && jobs[0]["loss"] is NSNull)
        let tokens = try #require(object["tokens_per_second"] as? [String: Any])
        #expect(tokens["trained"] as? Double == 1200 && tokens["trained_age"] as? Double == 300)
        #expect(StatusReport(snapshot).lines.contains("trained                 1200 tok/s, 5m old"))
    }

    @Test("where an engine stands on a node that nobody knows, nobody knows how many serve")
    func unplaced() throws {
        var snapshot = SampleSnapshot.plant(.live, states: [.serving, .serving])
        var pool = PoolState(.inference(ServingClass("m")))
        pool.nodes = 2
        snapshot.pools = [pool]
        #expect((try json(snapshot)["allocation"] as? [String: Any])?["inference"] as? Int == 2)
        snapshot.pools[0].parts.insert(.nodes)
        #expect((try json(snapshot)["allocation"] as? [String: Any])?["inference"] is NSNull)
        snapshot.pools[0].parts = []
        snapshot.pools[0].nodesAreKnown = false
        #expect((try json(snapshot)["nodes"] as? [String: Any])?["serving"] is NSNull)
    }

    @Test("an odd target is named with its remark, and hints are sentences")
    func odd() throws {
        var snapshot = SampleSnapshot.hosts
        snapshot.sources[0].odd = [OddTarget(name: "c:1", remark: "repeats 2 series")]
        snapshot.sources[0].hints = ["join them"]
        let object = try json(snapshot)
        #expect(object["odd_targets"] as? [[String: String]] == [["target": "c:1", "remark": "repeats 2 series"]])
        #expect(object["hints"] as? [String] == ["join them"])
        let lines = StatusReport(snapshot).lines.suffix(2)
        #expect(lines.first?.hasSuffix(" c:1 repeats 2 series") == true && lines.last?.hasSuffix(" join them") == true)
    }

    @Test("a dead target is named with its reason")
    func dead() throws {
        let object = try json(SampleSnapshot.hosts)
        #expect(
            object["dead_targets"] as? [[String: String]] == [["target": "http://b/", "reason": "refused\u{1B}[31m"]])
        let line = StatusReport(SampleSnapshot.hosts).lines.last ?? ""
        #expect(!Output.safe(line).contains("\u{1B}"))
    }

    @Test("a page may say any number: none becomes a crash, or a number that is not one")
    func anyNumber() throws {
        for number in [1e300, -1e300, .infinity, .nan, 9.3e18] {
            var snapshot = SampleSnapshot.simulated
            snapshot.pools = [SampleSnapshot.serving("chat", waiting: number, prefill: number, decode: number)]
            let queue = try #require(try json(snapshot)["queue"] as? [String: Any])
            #expect(queue["inference_waiting"] is NSNull, "\(number)")
            #expect(StatusReport(snapshot).lines.contains { $0.hasPrefix("prefill") && $0.hasSuffix(" -") })
        }
    }

    @Test("for people: the same in two columns, a dash for what nobody said")
    func lines() {
        let lines = StatusReport(SampleSnapshot.simulated).lines
        #expect(lines.contains("nodes total             12"))
        #expect(lines.contains("allocation in_transit   5"))
        #expect(lines.contains("queue inference         7 waiting"))
        #expect(lines.contains("decode                  850 tok/s"))
        let bare = StatusReport(SampleSnapshot.hosts).lines
        #expect(bare.contains("nodes serving           -") && bare.contains("allocation revision     -"))
        #expect(bare.contains("queue training          -") && bare.contains("prefill                 -"))
    }
}
