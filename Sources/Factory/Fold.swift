// SPDX-License-Identifier: Apache-2.0

/// Joins what the sources of one plant said into one snapshot.
///
/// A source with a node table of its own (a simulation, an engine) is taken as it is, without a copy. Exporters give
/// facts: those are joined by host name and address into nodes, and by model into serving classes.
package struct Fold: Sendable {
    private let plant: String
    private let aliases: [String: String]
    private var watch: ClassWatch
    private var sequence: UInt64 = 0
    /// Since when a node of an exporter-made table has been what it is.
    private var seen: [NodeID: Seen] = [:]

    /// Since when a GPU that somebody has does nothing, by host and UUID.
    private var idle: [String: PlantTime] = [:]
    /// So long it may: between two steps, or while data loads, nobody works. Unit: s.
    private static let idleAfter = Seconds(300)

    /// When each job that only tells of itself was first heard of.
    private var begun: [JobID: PlantTime] = [:]

    private let engineIdentity: EngineIdentity

    private struct Seen {
        var state: NodeState
        var since: PlantTime
        var condition: NodeCondition?
        /// It was so when the node was first heard of.
        var isOlder = false
    }

    /// - Parameters:
    ///   - aliases: the operator's table of names, from every other name or address of a machine to the one shown.
    ///   - levels: what classes that only engines speak of were promised, by name.
    package init(plant: String, aliases: [String: String] = [:], levels: [String: ServiceLevel] = [:]) {
        self.plant = plant
        watch = ClassWatch(levels: levels)
        self.aliases = aliases
        engineIdentity = EngineIdentity(aliases: aliases)
    }

    /// - Parameter observations: the latest of every source, in the order of the configuration.
    package mutating func fold(_ observations: [Observation]) -> FactorySnapshot {
        sequence += 1
        let newest = observations.map(\.at).max() ?? PlantTime(epoch: 0)
        var snapshot = FactorySnapshot(plant: plant, kind: observations.first?.kind ?? .live, at: newest)
        snapshot.sequence = sequence
        snapshot.drill = observations.lazy.compactMap(\.drill).first
        snapshot.sources = observations.map { observation in
            var source = observation.source
            source.staleAfter = observation.interval * 2
            return source
        }
        if let interval = observations.map(\.interval).max() { snapshot.staleAfter = interval * 2 }
        if let engine = observations.first(where: { $0.nodes.count > 0 || !$0.pools.isEmpty }) {
            take(engine, into: &snapshot)
        }
        snapshot.provenance.targets = observations.flatMap(\.targets)
        let known = Set(observations.contains { !$0.hosts.isEmpty } ? snapshot.nodes.ids.map(\.name) : [])
        // A node that the engine of the plant lists stays as that says.
        let hosts = observations.flatMap(Self.hosts).filter { !known.contains($0.name ?? $0.address) }
        let engines = engineIdentity.once(observations.flatMap(Self.engines))
        if snapshot.training == nil {
            let queues = observations.flatMap { observation in
                observation.queues.map { facts in
                    var facts = facts
                    facts.staleAfter = observation.interval * 2
                    return facts
                }
            }
            snapshot.training = QueueFacts.demand(
                Self.newest(queues, at: \.at) { "\($0.target) \($0.scheduler)" }, at: newest)
        }
        let runs = jobs(observations, into: &snapshot)
        if !hosts.isEmpty || !engines.isEmpty {
            snapshot.provenance.hosts = hosts
            snapshot.provenance.engines = engines
            join(hosts, engines, runs, into: &snapshot)
            if let last = snapshot.sources.indices.last {
                snapshot.sources[last].hints += observations.flatMap { JoinHints.twins($0.engines, engineIdentity) }
            }
        }
        snapshot.provenance.origins = observations.flatMap(\.origins)
        snapshot.provenance.runs = observations.flatMap(\.runs)
        if !runs.isEmpty {
            if snapshot.trained == .missing { snapshot.trained = RunFold.trained(snapshot.jobs) }
            if snapshot.mfu == .missing { snapshot.mfu = RunFold.mfu(snapshot.jobs) }
        }
        snapshot.ledger = Ledger(counting: snapshot.nodes.states)
        return snapshot
    }

    private func take(_ engine: Observation, into snapshot: inout FactorySnapshot) {
        snapshot.nodes = engine.nodes
        snapshot.pools = engine.pools
        snapshot.jobs = engine.jobs
        snapshot.queued = engine.queued
        snapshot.training = engine.training
        snapshot.trained = engine.trained
        snapshot.mfu = engine.mfu
        snapshot.lifecycle = engine.lifecycle
        snapshot.economy = engine.economy
        snapshot.revision = engine.revision ?? AllocationRevision(0)
    }

    // MARK: Exporters

    /// A slow source is not stale because another is fast.
    private static func hosts(of observation: Observation) -> [HostFacts] {
        observation.hosts.map { facts in
            var facts = facts
            facts.staleAfter = max(facts.staleAfter, observation.interval * 2)
            return facts
        }
    }

    /// Of what two sources say of one thing the newest word.
    private static func newest<Facts>(
        _ facts: [Facts], at: KeyPath<Facts, PlantTime>, _ thing: (Facts) -> String
    ) -> [Facts] {
        var newest: [String: Int] = [:]
        for (index, one) in facts.enumerated() {
            let key = thing(one)
            if let other = newest[key], facts[other][keyPath: at] >= one[keyPath: at] { continue }
            newest[key] = index
        }
        return newest.values.sorted().map { facts[$0] }
    }

    private static func engines(of observation: Observation) -> [EngineFacts] {
        observation.engines.map { facts in
            var facts = facts
            facts.staleAfter = max(facts.staleAfter, observation.interval * 2)
            return facts
        }
    }

    /// Adds the jobs that tell of themselves, and to those that the engine of the plant lists what only they can say.
    ///
    /// - Returns: the places of those that no engine lists.
    private mutating func jobs(_ observations: [Observation], into snapshot: inout FactorySnapshot) -> [Int] {
        let facts = observations.flatMap { observation in
            observation.runs.map { facts in
                var facts = facts
                let polls = observation.interval * 2
                facts.staleAfter = max(facts.staleAfter ?? polls, polls)
                return facts
            }
        }
        var added: [Int] = []
        let once = Self.newest(facts, at: \.at) { "\($0.target) \($0.name) \($0.push)" }
        for var job in RunFold(now: snapshot.at).jobs(once) {
            if let place = snapshot.jobs.firstIndex(where: { $0.id == job.id || $0.name == job.name }) {
                if snapshot.jobs[place].trained == .missing { snapshot.jobs[place].trained = job.trained }
                if snapshot.jobs[place].mfu == .missing { snapshot.jobs[place].mfu = job.mfu }
                (snapshot.jobs[place].loss, snapshot.jobs[place].step) = (job.loss, job.step)
                snapshot.jobs[place].flops = job.flops
                continue
            }
            job.since = begun[job.id] ?? snapshot.at
            added.append(snapshot.jobs.count)
            snapshot.jobs.append(job)
        }
        begun = Dictionary(
            added.map { (snapshot.jobs[$0].id, snapshot.jobs[$0].since) }, uniquingKeysWith: { first, _ in first })
        return added
    }

    private mutating func join(
        _ hosts: [HostFacts], _ engines: [EngineFacts], _ runs: [Int], into snapshot: inout FactorySnapshot
    ) {
        let join = HostJoin(hosts, aliases: aliases)
        var table = HostFold(hosts, join: join, now: snapshot.at)
        var nodes = table.hosts()
        AllocationFold(pools: snapshot.pools, jobs: snapshot.jobs).apply(hosts, join, to: &nodes)
        let classes = ClassFold(now: snapshot.at)
        var claims: [Int: Int] = [:]
        for (serving, members) in ClassFold.classes(engines) {
            // A class that the engine of the plant already speaks of stays as that says; a scheduler knows only its nodes.
            let own = snapshot.pools.firstIndex { $0.pool == .inference(serving) }
            guard own == nil || hosts.contains(where: { $0.allocation != nil }) else { continue }
            var pool = classes.pool(serving, members)
            let (ttft, itl) = classes.waits(members)
            watch.judge(&pool, serving, ttft: ttft, itl: itl, at: snapshot.at)
            let answering = members.filter { !classes.isStale($0) }
            let places = answering.map { join.host(of: $0) }
            let placed = Set(places.compactMap { $0 })
            pool.nodes = placed.count
            pool.nodesAreKnown = !placed.isEmpty
            // What stands before the engines is on no node of theirs.
            if pool.nodesAreKnown, zip(answering, places).contains(where: { !$0.isFrontend && $1 == nil }) {
                pool.parts.insert(.nodes)
            }
            for host in placed { claims[host, default: 0] += 1 }
            serve(placed, as: UInt8(exactly: own ?? snapshot.pools.count) ?? NodeTable.none, on: &nodes)
            if let own {
                pool.nodes = snapshot.pools[own].nodes
                (pool.gpus, pool.nodesAreKnown) = (snapshot.pools[own].gpus, true)
                snapshot.pools[own] = pool
            } else {
                snapshot.pools.append(pool)
            }
        }
        watch.keep(Set(snapshot.pools.compactMap(\.pool.servingClass)))
        for run in runs { place(&snapshot.jobs[run], as: Int32(run), hosts, join, &nodes) }
        if let last = snapshot.sources.indices.last {
            snapshot.sources[last].hints = JoinHints(join, hosts, engines).sentences
        }
        silentEngines(engines, join, classes, on: &nodes)
        findIdle(hosts, join, &nodes, at: snapshot.at)
        countGPUs(nodes, &snapshot.pools, shared: Set(claims.filter { $0.value > 1 }.keys))
        remember(&nodes, at: snapshot.at)
        snapshot.provenance.rows = join.hosts.map(\.facts)
        snapshot.provenance.firstNode = snapshot.nodes.count
        snapshot.nodes.append(nodes)
    }

    /// An engine that answers reveals what its host is for; the first class that claims a host has it.
    private func serve(_ placed: Set<Int>, as pool: UInt8, on nodes: inout NodeTable) {
        for host in placed {
            guard nodes.pools[host] == NodeTable.none else {
                // A scheduler that has nothing on it does not know what it serves.
                if nodes.states[host] == .spare { nodes.states[host] = .serving }
                continue
            }
            nodes.states[host] = .serving
            nodes.pools[host] = pool
            // DCGM keeps an XID until the driver is loaded again; an engine that answers has the last word.
            if nodes.conditions[host]?.kind == .failed { nodes.conditions[host]?.kind = .suspect }
        }
    }

    /// A job that holds GPUs under its own name runs where these are.
    private func place(
        _ job: inout JobState, as number: Int32, _ facts: [HostFacts], _ join: HostJoin, _ nodes: inout NodeTable
    ) {
        var gpus: Set<String> = []
        for (host, machine) in join.hosts.enumerated() {
            let held = machine.facts.flatMap { facts[$0].gpus }.filter { $0.holder == job.id.name }
            guard !held.isEmpty else { continue }
            nodes.jobs[host] = number
            job.nodes += 1
            job.owner = held.lazy.compactMap(\.owner).first ?? job.owner
            for gpu in held { gpus.insert("\(host)/\(gpu.uuid)") }
        }
        guard job.nodes > 0 else { return }
        (job.minNodes, job.maxNodes, job.gpusPerNode) = (job.nodes, job.nodes, gpus.count / job.nodes)
    }

    private func silentEngines(
        _ engines: [EngineFacts], _ join: HostJoin, _ classes: ClassFold, on nodes: inout NodeTable
    ) {
        for engine in engines {
            guard let host = join.host(of: engine) else { continue }
            if engine.at > nodes.heardAt[host] { nodes.heardAt[host] = engine.at }
            // What it said last still stands: a page that is lost is no failure of the machine.
            if classes.isStale(engine), classes.isRemembered(engine), nodes.conditions[host]?.kind == .failed {
                nodes.conditions[host]?.kind = .suspect
                if nodes.states[host] == .failed { nodes.states[host] = .unknown }
            }
            if classes.isStale(engine), nodes.conditions[host] == nil {
                let text = "\(engine.product) no answer \(engine.at.shortClock)"
                nodes.conditions[host] = NodeCondition(kind: .stale, text: text, since: engine.at)
            }
        }
    }

    /// GPUs that somebody has and that nobody uses: what a plant pays for first. Where an engine answers they wait for users.
    private mutating func findIdle(
        _ facts: [HostFacts], _ join: HostJoin, _ nodes: inout NodeTable, at now: PlantTime
    ) {
        var still: [String: PlantTime] = [:]
        for (host, machine) in join.hosts.enumerated() {
            var held: [String: GPUFacts] = [:]
            for fact in machine.facts.map({ facts[$0] }) where now - fact.at <= fact.staleAfter {
                for gpu in fact.gpus { held[gpu.uuid] = held[gpu.uuid].map { gpu.completed(by: $0) } ?? gpu }
            }
            let allocation = machine.facts.lazy.compactMap { facts[$0].allocation }.first
            for (uuid, gpu) in held where gpu.holder == nil {
                guard let holder = allocation?.holder(of: gpu) else { continue }
                held[uuid]?.holder = holder.name
                held[uuid]?.owner = holder.owner
            }
            let unused = held.values.filter { $0.holder != nil && $0.isIdle }
            // Without a UUID a GPU's name is its number, which every machine has.
            func key(_ gpu: GPUFacts) -> String { "\(machine.name)/\(gpu.uuid)" }
            for gpu in unused { still[key(gpu)] = idle[key(gpu)] ?? now }
            let long = unused.filter { now - (still[key($0)] ?? now) >= Self.idleAfter }
            guard !long.isEmpty, nodes.conditions[host] == nil,
                nodes.pools[host] == NodeTable.none || (allocation != nil && nodes.states[host] == .training)
            else { continue }
            let since = long.compactMap { still[key($0)] }.min() ?? now
            nodes.conditions[host] = NodeCondition(kind: .idleHeld, text: Self.words(for: long), since: since)
        }
        idle = still
    }

    /// `8 GPUs idle, held by job-71 (nlp1)`.
    private static func words(for gpus: [GPUFacts]) -> String {
        let holders = Set(
            gpus.map { ($0.holder ?? "") + ($0.owner.map { $0.isEmpty ? "" : " (\($0))" } ?? "") }
        ).sorted()
        let more = holders.count > 1 ? " and \(holders.count - 1) more" : ""
        return "\(Words.count(gpus.count, "GPU")) idle, held by \(holders[0])\(more)"
    }

    /// The GPUs behind each class: known only where every host of it tells its own and serves nothing else.
    private func countGPUs(_ nodes: NodeTable, _ pools: inout [PoolState], shared: Set<Int>) {
        for index in pools.indices where pools[index].gpus == 0 && !pools[index].parts.contains(.nodes) {
            let hosts = nodes.indices.filter { Int(nodes.pools[$0]) == index }
            let counts = hosts.map { nodes.gpus.range(of: $0).count }
            guard hosts.count == pools[index].nodes, !counts.contains(0), shared.isDisjoint(with: hosts) else {
                continue
            }
            pools[index].gpus = counts.reduce(0, +)
        }
    }

    /// Keeps since when each node is what it is, and forgets nodes that are gone.
    ///
    /// - Parameter now: when this was folded: what a source does not date began then, or before it was first heard of.
    private mutating func remember(_ nodes: inout NodeTable, at now: PlantTime) {
        var next: [NodeID: Seen] = [:]
        next.reserveCapacity(nodes.count)
        for index in nodes.indices {
            let id = nodes.ids[index]
            var this = Seen(state: nodes.states[index], since: nodes.since[index], condition: nodes.conditions[index])
            if let before = seen[id] {
                if before.state == this.state { (this.since, this.isOlder) = (before.since, before.isOlder) }
                if let old = before.condition, old.kind == this.condition?.kind, old.text == this.condition?.text {
                    this.condition?.since = old.since
                    this.condition?.isOlder = old.isOlder
                }
            } else {
                this.isOlder = this.since == now
                if let condition = this.condition {
                    this.condition?.isOlder = condition.isOlder || condition.since == now
                }
            }
            nodes.since[index] = this.since
            nodes.isOlder.append(this.isOlder)
            nodes.conditions[index] = this.condition
            next[id] = this
        }
        seen = next
    }
}
