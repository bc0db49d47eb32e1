// SPDX-License-Identifier: Apache-2.0

package import Factory
import Planning

/// A plant that exists only as numbers: seeded, deterministic, advanced second by second by whoever holds it.
///
/// Physics only: it obeys orders, and decides nothing but what a scheduler would. What costs time per node (power,
/// temperatures, GPUs) is a function of time computed when somebody looks, so a second costs the same at 8 and at 10,000
/// nodes.
package struct SimulatedPlant: Sendable {
    package let settings: SimulationSettings
    /// The factor on the traffic's demand in use.
    package let demandScale: Double
    /// Classes of the traffic that this plant does not model, or is too small for.
    package let leftOut: [String]
    /// Where demand comes from.
    package private(set) var traffic: Traffic
    /// Nodes of each serving class, of training and of spare at the start.
    let layout: PlantLayout
    /// Where each class stands in a row of the traffic.
    private let places: [Int]

    // Nodes, as columns.
    let names: NodeNames
    var states: [NodeState]
    var since: [PlantTime]
    /// Index of the pool: the classes in their order, then training, then spare.
    var poolOf: [UInt8]
    /// Index into `gangs`; -1 for none.
    var gangOf: [Int32]

    var inference: [InferencePool]
    var alarms: [ClassAlarm]
    var gangs: [Gang] = []
    var pending: [JobRequest] = []
    var book: JobBook
    var nextSubmission = Double.infinity
    var nextScheduling: Double
    var lastCheckpointNews = -Double.infinity
    /// Work that failures and releases have thrown away. Unit: node-seconds.
    var lostWork = 0.0
    var trainingFloor = 0

    var ingestion: Ingestion
    var flywheel: Flywheel
    var lifetime: Lifetime
    var power = PowerState()
    var course: DrillCourse
    /// What came of it so far.
    package internal(set) var books = PlantBooks()

    var breakage: Breakage
    var orders: [Int: UnitOrder] = [:]
    /// Nodes whose order has not ended, in the order they began.
    var ordered: [Int] = []
    /// The class that a node served last, and until when, on the plant's clock.
    var lastServed: [Int: (pool: Int, until: Double)] = [:]
    var moveDice: Dice
    var revision = AllocationRevision(1)
    var events: [FactoryEvent] = []
    private var lastEvent: UInt64 = 0
    private var arrivalDice: [Dice]
    /// Whole seconds since the start.
    private(set) var second = 0

    /// The plant at its first second: classes serve the first half hour's demand, the rest trains, gangs already run.
    package init(_ settings: SimulationSettings, traffic: Traffic) {
        self.settings = settings
        self.traffic = traffic
        let classes = ServedClass.served(byNodes: settings.nodes, on: settings.hardware).filter {
            traffic.index(of: $0.serving) != nil
        }
        let served = classes.map(\.serving)
        leftOut = traffic.leftOut + traffic.classes.filter { !served.contains($0) }.map(\.name)
        places = classes.compactMap { traffic.index(of: $0.serving) }
        demandScale =
            settings.demandScale
            ?? DemandScale.fitting(traffic, to: classes, nodes: settings.nodes, share: settings.demandShare)
        let first = Self.firstHalfHour(of: traffic, classes: classes, at: places, scale: demandScale)
        layout =
            settings.split.map { PlantLayout(nodes: settings.nodes, serving: $0) }
            ?? PlantLayout(nodes: settings.nodes, needs: first.needs)
        names = NodeNames(count: settings.nodes, perRack: settings.hardware.unitsPerRack)
        course = DrillCourse(settings.drill)
        let start = settings.start
        states = Array(repeating: .training, count: settings.nodes)
        since = Array(repeating: start, count: settings.nodes)
        poolOf = Array(repeating: UInt8(classes.count), count: settings.nodes)
        gangOf = Array(repeating: -1, count: settings.nodes)
        inference = zip(zip(classes, layout.serving), first.demand).map {
            InferencePool($0.0, nodes: $0.1, demand: $1)
        }
        alarms = Array(repeating: ClassAlarm(), count: classes.count)
        book = JobBook(seed: settings.seed)
        nextScheduling = start.epoch + 30
        breakage = Breakage(
            seed: settings.seed, nodes: settings.nodes, gpusPerNode: settings.hardware.gpusPerUnit,
            perRack: settings.hardware.unitsPerRack, start: start.epoch)
        moveDice = Dice(seed: settings.seed, stream: 3)
        arrivalDice = classes.indices.map { Dice(seed: settings.seed, stream: 100 + UInt64($0)) }
        ingestion = Ingestion(demand: 0, nodes: 0, seed: settings.seed)
        flywheel = Flywheel(
            rate: inference.reduce(0) { $0 + $1.decodeRate }, seed: settings.seed, at: start.epoch)
        lifetime = Lifetime(gpus: settings.nodes * settings.hardware.gpusPerUnit)
        power.cap = settings.powerCap
        books.classes = served.map { PlantBooks.Class($0) }
        placeNodes()
        openTraining()
        openIngestion()
    }

    /// The demand at the start, and the nodes that the first half hour needs at its highest.
    private static func firstHalfHour(
        of traffic: Traffic, classes: [ServedClass], at places: [Int], scale: Double
    )
        -> (demand: [ClassDemand], needs: [Double])
    {
        let rows = Array(traffic.sample().prefix(4))
        var demand: [ClassDemand] = []
        var needs: [Double] = []
        for (served, index) in zip(classes, places) {
            demand.append(rows.first.map { scaled($0[index], by: scale) } ?? traffic.demand(of: index, at: 0))
            needs.append(rows.map { served.nodesNeeded(scaled($0[index], by: scale)) }.max() ?? 1)
        }
        return (demand, needs)
    }

    /// Scaled demand as the plant takes it: in a trace, a ratio of thousands measures a rate that moves within its
    /// window, which second by second would be silence and avalanches.
    private static func scaled(_ demand: ClassDemand, by scale: Double) -> ClassDemand {
        var scaled = demand
        scaled.rate *= scale
        // Thinning a bursty flow leaves less of its bursts; many copies of it side by side have as much as one.
        scaled.burstiness = 1 + (min(100, demand.burstiness) - 1) * min(1, scale)
        return scaled
    }

    private mutating func placeNodes() {
        var node = layout.training
        for (index, count) in layout.serving.enumerated() {
            for _ in 0..<count {
                states[node] = .serving
                poolOf[node] = UInt8(index)
                node += 1
            }
        }
        while node < settings.nodes {
            states[node] = .spare
            poolOf[node] = UInt8(sparePool)
            node += 1
        }
    }

    /// The plant's clock.
    package var now: PlantTime { settings.start + Seconds(Double(second)) }
    var clock: Double { settings.start.epoch + Double(second) }
    var trainingPool: Int { inference.count }
    var gpusPerNode: Int { settings.hardware.gpusPerUnit }
    var sparePool: Int { inference.count + 1 }
    var classes: [ServingClass] { inference.map(\.served.serving) }

    /// Advances in whole seconds to a time of the plant's clock; never back.
    package mutating func advance(to time: PlantTime) {
        let target = time.epoch - settings.start.epoch
        guard target.isFinite, target < 1e12 else { return }
        while Double(second + 1) <= target { tick() }
    }

    /// Requests of a class since the start; nil for a class the plant does not serve.
    package func totals(of serving: ServingClass) -> RequestTotals? {
        inference.first { $0.served.serving == serving }?.totals
    }

    /// Work that failures and releases have thrown away since the start.
    package var lost: GPUHours { GPUHours(lostWork * Double(gpusPerNode) / 3600) }

    private mutating func tick() {
        second += 1
        let laps = traffic.laps
        traffic.advance(to: Double(second))
        if traffic.laps != laps {
            emit(.source, "\(traffic.name) has ended and starts again (lap \(traffic.laps + 1))")
        }
        advanceDrill()
        for index in inference.indices {
            var demand = Self.scaled(traffic.demand(of: places[index], at: Double(second)), by: demandScale)
            demand = course.applied(to: demand, of: inference[index].served.serving, at: Double(second))
            if index == tunedClass { demand.output *= flywheel.canaryLength }
            let arrivals = arrivalDice[index].arrivals(mean: demand.rate, burstiness: demand.burstiness)
            inference[index].advance(arrivals: arrivals, demand: demand, at: second)
            for change in alarms[index].advance(inference[index], at: clock) { tell(change, of: index) }
        }
        advanceBreakage()
        advanceTraining()
        advanceOrders()
        advanceLifecycle()
        advancePower()
        keepBooks()
    }

    mutating func emit(_ kind: FactoryEvent.Kind, _ text: String, node: Int? = nil, isFirstOut: Bool = false) {
        lastEvent += 1
        // A plant that nobody observes must not keep months of them.
        if events.count >= 2 * FactorySnapshot.eventLimit { events.removeFirst(FactorySnapshot.eventLimit) }
        events.append(
            FactoryEvent(
                id: lastEvent, at: now, kind: kind, text: text, node: node.map { names.ids[$0] }, isFirstOut: isFirstOut
            ))
    }

    /// Puts a node into a state; the revision grows when its part of the allocation changes.
    mutating func set(_ node: Int, _ state: NodeState) {
        let old = states[node]
        guard old != state else { return }
        states[node] = state
        // A checkpoint is part of training: who looks since when a node trains does not mean the last one.
        let isSaving = [old, state].allSatisfy { $0 == .training || $0 == .checkpointing }
        if !isSaving || isOrdered(node) { since[node] = now }
        if old.ledger.allocation != state.ledger.allocation { revision.number += 1 }
    }

    /// Gives a node to a pool.
    mutating func give(_ node: Int, to pool: Int) {
        guard poolOf[node] != UInt8(pool) else { return }
        poolOf[node] = UInt8(pool)
        revision.number += 1
    }
}
