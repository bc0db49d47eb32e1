// SPDX-License-Identifier: Apache-2.0

/// Makes the node table of a plant that only exporters describe.
///
/// A column shows nothing older than two polls; a node that has an exporter which does not answer has the condition
/// `stale`, with that exporter and its last answer. No source here says what a node is *for*, so its state is unknown,
/// with two exceptions: a grave XID is a failure, and where an engine answers, the node serves.
struct HostFold {
    private let facts: [HostFacts]
    private let join: HostJoin
    private let now: PlantTime
    private var table = NodeTable()
    /// No fewer than the GPUs of all hosts: two exporters may speak of one.
    private let gpuCount: Int

    init(_ facts: [HostFacts], join: HostJoin, now: PlantTime) {
        self.facts = facts
        self.join = join
        self.now = now
        gpuCount = facts.reduce(0) { $0 + $1.gpus.count }
    }

    /// The table, without what the engines reveal.
    mutating func hosts() -> NodeTable {
        let count = join.hosts.count
        table.ids = join.hosts.map { NodeID($0.name) }
        table.groups = join.groups
        table.states = Array(repeating: .unknown, count: count)
        table.since = Array(repeating: now, count: count)
        table.pools = Array(repeating: NodeTable.none, count: count)
        table.jobs = Array(repeating: -1, count: count)
        table.heardAt = Array(repeating: PlantTime(epoch: 0), count: count)
        table.staleAfter = Array(repeating: nil, count: count)
        for path in NodeTable.columns { table[keyPath: path] = Column(count: count) }
        table.gpus.starts = [0]
        for index in 0..<count { add(index) }
        return table
    }

    private mutating func add(_ index: Int) {
        // Oldest first, so that the newest word on a column stands.
        // A scheduler's load and memory are rougher than an exporter's, however new.
        let all = join.hosts[index].facts.map { facts[$0] }.sorted {
            ($0.allocation == nil ? 1 : 0, $0.at) < ($1.allocation == nil ? 1 : 0, $1.at)
        }
        table.heardAt[index] = all.lazy.filter { $0.noAnswer == nil }.map(\.at).max() ?? PlantTime(epoch: 0)
        table.staleAfter[index] = all.map(\.staleAfter).max()
        for fact in all where !isStale(fact) {
            if let cpu = fact.cpu { table.cpu.values[index] = Float(cpu) }
            if let memory = fact.memory { table.memory.values[index] = Float(memory) }
            table.host.take(fact, as: index, of: join.hosts.count)
        }
        let gpus = accelerators(all)
        let start = table.gpus.power.count
        for (gpu, isStale) in gpus { append(gpu, isStale: isStale) }
        table.gpus.starts.append(Int32(table.gpus.power.count))
        // A scheduler counts accelerators that no exporter speaks of.
        if gpus.isEmpty {
            let counted = all.lazy.compactMap { $0.allocation?.gpus }.first ?? 0
            for number in 0..<min(counted, 64) { append(GPUFacts(uuid: "gpu \(number)"), isStale: false) }
            table.gpus.starts[index + 1] = Int32(table.gpus.power.count)
        } else {
            summarise(gpus.filter { !$0.isStale }.map(\.gpu), on: index)
        }
        table.conditions[index] = condition(all, firstGPU: start)
        // The ledger says what the list says, until an engine answers from here.
        if table.conditions[index]?.kind == .failed { table.states[index] = .failed }
    }

    private func isStale(_ fact: HostFacts) -> Bool { fact.noAnswer != nil || now - fact.at > fact.staleAfter }

    /// Every GPU once, by UUID, in the order of the host.
    private func accelerators(_ all: [HostFacts]) -> [(gpu: GPUFacts, isStale: Bool)] {
        let speaking = all.filter { !$0.gpus.isEmpty }
        // As a rule there is one exporter, and its GPUs are in their order.
        if speaking.count == 1 {
            let isOld = isStale(speaking[0])
            let gpus = speaking[0].gpus
            let isInOrder = zip(gpus, gpus.dropFirst()).allSatisfy { !Self.precedes($1, $0) }
            return (isInOrder ? gpus : gpus.sorted(by: Self.precedes)).map { ($0, isOld) }
        }
        var byID: [String: (gpu: GPUFacts, isStale: Bool)] = [:]
        for fact in speaking {
            for gpu in fact.gpus {
                // Two exporters may speak of one GPU: the newer word stands, and the other's where it has none.
                let old = byID[gpu.uuid].flatMap { $0.isStale ? nil : $0.gpu }
                byID[gpu.uuid] = (old.map { gpu.completed(by: $0) } ?? gpu, isStale(fact))
            }
        }
        return byID.values.sorted { Self.precedes($0.gpu, $1.gpu) }
    }

    private static func precedes(_ left: GPUFacts, _ right: GPUFacts) -> Bool {
        let a = left.index ?? .max
        let b = right.index ?? .max
        return a == b ? left.uuid < right.uuid : a < b
    }

    private mutating func append(_ gpu: GPUFacts, isStale: Bool) {
        let index = table.gpus.power.count
        func shown(_ value: Double?) -> Float { isStale ? .nan : value.map { Float($0) } ?? .nan }
        table.gpus.power.values.append(shown(gpu.power))
        table.gpus.utilisation.values.append(shown(gpu.utilisation))
        table.gpus.tensorActive.values.append(shown(gpu.tensorActive))
        table.gpus.memory.values.append(shown(gpu.memory))
        table.gpus.temperature.values.append(shown(gpu.temperature))
        table.gpus.lastXID[index] = gpu.lastXID
        if !gpu.faults.isNone { table.gpus.faults[index] = gpu.faults }
        if !isStale { table.gpus.setRare(gpu, at: index, of: gpuCount) }
        table.gpus.models[index] = gpu.model
    }

    /// What a node's GPUs come to: the sum of power and memory, the mean of activity, the hottest.
    private mutating func summarise(_ gpus: [GPUFacts], on index: Int) {
        func all(_ path: KeyPath<GPUFacts, Double?>) -> [Double] { gpus.compactMap { $0[keyPath: path] } }
        func mean(_ values: [Double]) -> Double? {
            values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
        }
        func set(_ path: WritableKeyPath<NodeTable, Column>, _ value: Double?) {
            if let value { table[keyPath: path].values[index] = Float(value) }
        }
        // A limit without one GPU's share would make the node look hotter than it is; a GPU without power draws none.
        let power = all(\.power)
        let limit = all(\.powerLimit)
        set(\.power, power.isEmpty ? nil : power.reduce(0, +))
        set(\.powerLimit, limit.count == gpus.count && !limit.isEmpty ? limit.reduce(0, +) : nil)
        set(\.gpuUtilisation, mean(all(\.utilisation)))
        set(\.tensorActive, mean(all(\.tensorActive)))
        set(\.temperature, all(\.temperature).max())
        let sized = gpus.filter { $0.memory != nil }
        let total = sized.reduce(0) { $0 + ($1.memoryTotal ?? 0) }
        set(\.gpuMemory, total > 0 ? sized.reduce(0) { $0 + ($1.memoryUsed ?? 0) } / total : nil)
    }

    // MARK: Conditions

    /// XIDs after which NVIDIA's catalogue asks for a reset or a repair; the others are an application's own doing.
    private static let gravest: Set<Int> = [48, 62, 64, 74, 79, 95, 110, 119, 120, 140, 143]

    private func condition(_ all: [HostFacts], firstGPU: Int) -> NodeCondition? {
        let broken = (firstGPU..<table.gpus.power.count).filter { Self.gravest.contains(table.gpus.lastXID[$0] ?? 0) }
        if let first = broken.first, let xid = table.gpus.lastXID[first] {
            let more = broken.count > 1 ? " and \(broken.count - 1) more" : ""
            return NodeCondition(kind: .failed, text: "last XID \(xid) gpu\(first - firstGPU)\(more)", since: now)
        }
        let gpus = firstGPU..<table.gpus.power.count
        if let bad = gpus.first(where: { table.gpus.faults[$0]?.remapFailed == true }) {
            return NodeCondition(kind: .failed, text: "row remap failed gpu\(bad - firstGPU)", since: now)
        }
        if let bad = gpus.first(where: { (table.gpus.faults[$0]?.uncorrectable ?? 0) > 0 }) {
            let errors = Words.count(table.gpus.faults[bad]?.uncorrectable ?? 0, "uncorrectable error")
            return NodeCondition(kind: .suspect, text: "\(errors) gpu\(bad - firstGPU)", since: now)
        }
        let silent = all.filter(isStale)
        guard let first = silent.first else { return nil }
        let words = silent.map { fact in
            fact.noAnswer.map { "\(fact.target) \($0)" } ?? "\(fact.exporter) no answer \(fact.at.shortClock)"
        }
        var condition = NodeCondition(kind: .stale, text: words.joined(separator: ", "), since: first.at)
        // Since when it is down nobody knows who was not there.
        condition.isOlder = first.noAnswer != nil
        return condition
    }
}
