// SPDX-License-Identifier: Apache-2.0

/// The name under which a product says something, and what is made of it: what `x` shows.
package struct Origin: Sendable, Codable, Hashable {
    /// What is said.
    package enum Field: String, Sendable, Codable, Hashable, CaseIterable {
        case running, inflight, waiting, decode, prompt, computed, cached, hitRate, kvUse, preempted, ttft, itl
        case finished, failed, e2e, queued, drafted
        case trained, loss, step, mfu
        case cpu, memory
        case gpuUtilisation, tensorActive, power, powerLimit, gpuMemory, temperature, lastXID
    }

    /// As `EngineFacts.product` and `HostFacts.exporter` say it.
    package var product: String
    package var field: Field
    /// The series on the page, with the label that it must have.
    package var series: String
    /// What is done with it, after its name: `per second between two polls`.
    package var rule: String

    package init(product: String, field: Field, series: String, rule: String) {
        self.product = product
        self.field = field
        self.series = series
        self.rule = rule
    }
}

/// How one target of a source stands.
package struct TargetHealth: Sendable, Codable, Hashable {
    package var name: String
    /// When it last gave a page; nil: never.
    package var answeredAt: PlantTime?
    /// From the request to the whole answer, the last time.
    package var duration: Seconds?
    /// Of its last page, decompressed.
    package var bytes: Int
    package var series: Int
    /// Why it gives nothing now, or what is odd about what it gives; nil: nothing is wrong.
    package var problem: String?
    package var isUp: Bool

    package init(
        name: String, answeredAt: PlantTime?, duration: Seconds?, bytes: Int, series: Int, problem: String?, isUp: Bool
    ) {
        self.name = name
        self.answeredAt = answeredAt
        self.duration = duration
        self.bytes = bytes
        self.series = series
        self.problem = problem
        self.isUp = isUp
    }
}

/// What a snapshot was made of: the words of the exporters, as they came. Shared with the observations, never copied.
package struct Provenance: Sendable {
    package var hosts: [HostFacts] = []
    package var engines: [EngineFacts] = []
    package var runs: [TrainingFacts] = []
    package var origins: [Origin] = []
    package var targets: [TargetHealth] = []
    /// For each node that exporters speak of, the places of their words in `hosts`.
    var rows: [[Int]] = []
    /// The place of the first of those nodes in the snapshot's table.
    var firstNode = 0

    package init() {}

    /// - Parameter rows: for each node from the first on, the places of the words on it.
    package init(
        hosts: [HostFacts], engines: [EngineFacts], origins: [Origin], targets: [TargetHealth] = [], rows: [[Int]] = []
    ) {
        self.hosts = hosts
        self.engines = engines
        self.origins = origins
        self.targets = targets
        self.rows = rows
    }

    /// Sets what exporters say of some of so many nodes, by their place in the table.
    package mutating func set(hosts words: [Int: [HostFacts]], nodes: Int) {
        hosts = []
        firstNode = 0
        rows = Array(repeating: [], count: words.isEmpty ? 0 : max(0, nodes))
        for (node, facts) in words.sorted(by: { $0.key < $1.key }) where rows.indices.contains(node) {
            rows[node] = Array(hosts.count..<hosts.count + facts.count)
            hosts += facts
        }
    }

    /// What exporters say of a node; empty where none does.
    package func hosts(of node: Int) -> [HostFacts] {
        let row = node - firstNode
        return rows.indices.contains(row) ? rows[row].map { hosts[$0] } : []
    }

    /// The engines of a class.
    package func engines(of serving: ServingClass) -> [EngineFacts] {
        ClassFold.classes(engines).first { $0.serving == serving }?.engines ?? []
    }

    /// Whose word on a class's numbers counts.
    package func members(of serving: ServingClass, at now: PlantTime) -> ClassMembers {
        ClassMembers(engines(of: serving), now: now)
    }

    /// The origins of something, by the products that say it.
    package func origins(of field: Origin.Field, by products: Set<String>) -> [Origin] {
        origins.filter { $0.field == field && products.contains($0.product) }
    }
}
