// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Testing

@testable import Backends

@Suite("Queues of schedulers")
struct QueueTests {
    private func demand(_ queues: [QueueFacts], at epoch: Double = 1106) -> TrainingDemand? {
        let at = PlantTime(epoch: epoch)
        var observation = Observation(
            source: SourceStatus(name: "s", answeredAt: at, targets: 1, targetsUp: 1), at: at, interval: Seconds(5),
            kind: .live)
        observation.queues = queues
        var fold = Fold(plant: "p")
        return fold.fold([observation]).training
    }

    @Test("Kueue: what is active and what is inadmissible waits; GPUs alone of the resources; waits of those let in")
    func kueue() throws {
        let pages = try ["t0", "t1"].map { try fixture("documented-kueue/\($0).txt") }
        let queue = try #require(try facts(pages).queues.first)
        #expect(queue.scheduler == "kueue" && queue.pending == total(pages[1], "kueue_pending_workloads{"))
        #expect(queue.running == total(pages[1], "kueue_admitted_active_workloads{"))
        let gpu = "resource=\"nvidia.com/gpu\""
        #expect(queue.gpusUsed == total(pages[1], "kueue_cluster_queue_resource_usage", containing: gpu))
        #expect(queue.gpusInAll == total(pages[1], "kueue_cluster_queue_nominal_quota", containing: gpu))
        #expect(queue.wait?.counts == [1, 1, 0])
        let asked = try #require(self.demand([queue]))
        #expect(asked.pendingJobs == 17 && asked.running == 9 && asked.gpusUsed == 96 && asked.gpusInAll == 128)
        // Nobody says for how many GPUs, and which waits longest.
        #expect(asked.askedGPUs == nil && asked.oldest == nil && asked.age == nil)
        let before = try facts([pages[0]]).queues
        var news = EvictionNews()
        let (first, second) = (news.take(before), news.take([queue]))
        #expect(first.isEmpty && second == ["kueue has evicted 2 workloads"])
    }

    @Test("a queue that evicts all day is told of once a minute, with what it came to")
    func evictions() {
        var news = EvictionNews()
        func take(_ count: Double, at second: Double) -> [String] {
            var queue = QueueFacts(scheduler: "kueue", target: "k", at: PlantTime(epoch: second))
            queue.evicted = count
            return news.take([queue])
        }
        let told = [(10, 0), (11, 5), (12, 10), (14, 60), (14, 65), (15, 66), (3, 70), (4, 80), (4, 130)].map {
            take(Double($0.0), at: Double($0.1))
        }
        #expect(told[0].isEmpty && told[1] == ["kueue has evicted 1 workload"])
        #expect(told[2].isEmpty && told[3].isEmpty)
        #expect(told[4] == ["kueue has evicted 3 workloads since 00:00"])
        #expect(told[5].isEmpty)
        // A scheduler that began anew counts from there.
        #expect(told[6].isEmpty && told[7].isEmpty && told[8] == ["kueue has evicted 1 workload since 00:01"])
    }

    @Test("Slurm's own numbers count before an exporter's on the same cluster")
    func slurm() throws {
        let own = try facts([try fixture("documented-slurm/jobs.txt")]).queues
        let page = try fixture("documented-slurm-exporter/t0.txt")
        let other = try facts([page]).queues
        #expect(own.map(\.pending) == [37] && own.map(\.running) == [24])
        #expect(other.map(\.pending) == [total(page, "slurm_queue_pending{")] && other.map(\.running) == [22])
        #expect(demand(own)?.pendingJobs == 37 && demand(own)?.gpusUsed == nil)
        #expect(demand(other)?.pendingJobs == 35 && demand(other)?.gpusInAll == 256)
        let both = demand(own + other)
        #expect(both?.pendingJobs == 37 && both?.running == 24 && both?.gpusUsed == 200)
    }

    @Test("names that two exporters give two meanings are not read")
    func ambiguous() throws {
        let text =
            "slurm_partition_jobs_pending{partition=\"gpu\"} 5\nslurm_jobs_pending{partition=\"gpu\"} 5\n"
            + "slurm_user_jobs_pending{user=\"ann\"} 5\nslurm_jobs_pending{user=\"ann\"} 5\n"
        #expect(try facts([Array(text.utf8)]).queues.isEmpty)
        #expect(demand([]) == nil)
    }

    @Test("a queue that nobody has heard of lately says its age; a sum without one of its parts is unknown")
    func stale() throws {
        var queue = QueueFacts(scheduler: "kueue", target: "t", at: PlantTime(epoch: 1046))
        (queue.pending, queue.running) = (3, 4)
        #expect(demand([queue])?.age == Seconds(60))
        var other = QueueFacts(scheduler: "slurm", target: "u", at: PlantTime(epoch: 1105))
        other.pending = 2
        let both = demand([queue, other])
        #expect(both?.pendingJobs == 5 && both?.running == nil)
    }
}
