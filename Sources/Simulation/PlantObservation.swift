// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What an observer sees of the plant.
extension SimulatedPlant {
    /// The whole plant now, with the events since the last call.
    ///
    /// - Parameters:
    ///   - speed: plant seconds per wall second, to be shown.
    ///   - poll: wall seconds between two calls.
    /// - Complexity: O(GPUs).
    package mutating func observe(speed: Double = 1, poll: Seconds = Seconds(1)) -> Observation {
        let failed = breakage.episodes.filter { $0.kind == .failed }
        let source = SourceStatus(
            name: "sim", answeredAt: now, targets: states.count, targetsUp: states.count - failed.count,
            dead: failed.map {
                DeadTarget(name: names.ids[$0.node].name, reason: $0.text, lastSeen: PlantTime(epoch: $0.since))
            })
        var observation = Observation(
            source: source, at: now, interval: poll * speed,
            kind: .simulated(speed: speed, demandScale: demandScale, seed: settings.seed))
        observation.drill = settings.drill?.name
        observation.revision = revision
        observation.nodes = nodeTable()
        observation.pools = poolStates()
        observation.jobs = jobStates()
        observation.training = trainingDemand()
        let training = gangs.filter(\.request.trains)
        if !training.isEmpty {
            observation.trained = .fresh(TokensPerSecond(training.reduce(0) { $0 + $1.rate }))
            observation.mfu = meanUtilisation(of: training)
        }
        observation.lifecycle = lifecycle()
        observation.economy = economy()
        observation.events = events
        events = []
        return observation
    }

    /// Over the GPUs of the gangs that step.
    private func meanUtilisation(of training: [Gang]) -> Reading<Share> {
        let running = training.filter { $0.phase == .running }
        let nodes = running.reduce(0) { $0 + $1.nodes }
        guard nodes > 0 else { return .missing }
        return .fresh(Share(running.reduce(0) { $0 + $1.utilisation * $1.supply * Double($1.nodes) } / Double(nodes)))
    }

    private func poolStates() -> [PoolState] {
        var pools = inference.indices.map { index in
            var state = inference[index].poolState(floor: layout.servingFloors[index])
            state.hurtSince = alarms[index].hurtSince.map { PlantTime(epoch: $0) }
            return state
        }
        var training = PoolState(.training)
        training.nodes = states.count { $0 == .training || $0 == .checkpointing }
        training.floor = trainingFloor
        var spare = PoolState(.spare)
        spare.nodes = states.count { $0 == .spare }
        spare.floor = layout.spareFloor
        for pool in [training, spare] {
            var pool = pool
            pool.gpus = pool.nodes * gpusPerNode
            pools.append(pool)
        }
        return pools
    }

    private func jobStates() -> [JobState] {
        gangs.map { $0.state(at: clock) }
            + pending.enumerated().map {
                $1.pending(because: $0 == 0 ? "Resources" : "Priority", on: settings.hardware)
            }
    }

    private func trainingDemand() -> TrainingDemand {
        let lacking = gangs.filter { $0.missing > 0 }
        let asked = pending.reduce(0) { $0 + $1.minNodes } + lacking.reduce(0) { $0 + $1.missing }
        let oldest = pending.min { $0.since < $1.since }
        return TrainingDemand(
            pendingJobs: pending.count, askedGPUs: asked * gpusPerNode,
            oldest: oldest.map { Seconds(clock - $0.since) }, oldestJob: oldest?.name ?? "",
            oldestReason: oldest == nil ? "" : "Resources")
    }

    private func nodeTable() -> NodeTable {
        var table = NodeTable()
        table.ids = names.ids
        table.groups = names.groups
        table.states = states
        table.since = since
        table.pools = poolOf
        table.jobs = gangOf
        table.heardAt = Array(repeating: now, count: states.count)
        table.gpus.starts = (0...states.count).map { Int32($0 * gpusPerNode) }
        table.conditions = conditions()
        var columns = NodeColumns(nodes: states.count, of: settings.hardware, seed: settings.seed, at: Double(second))
        var hot: [Int: Int] = [:]
        for episode in breakage.episodes where episode.kind == .hot { hot[episode.node] = episode.gpu }
        for episode in breakage.episodes where episode.kind == .failed {
            table.gpus.lastXID[episode.node * gpusPerNode + episode.gpu] = episode.xid
        }
        let loads = inference.map(\.load)
        let gangActivity = gangs.map(NodeActivity.training)
        for node in states.indices where states[node] != .failed {
            var activity = activity(of: node, loads, gangActivity)
            activity.draw *= power.throttle
            columns.fill(node, activity, hotGPU: hot.isEmpty ? nil : hot[node])
        }
        columns.pour(into: &table)
        return table
    }

    private func activity(of node: Int, _ loads: [Double], _ gangActivity: [NodeActivity]) -> NodeActivity {
        let pool = Int(poolOf[node])
        let load = pool < loads.count ? loads[pool] : 0
        if states[node] == .serving { return .serving(load: load) }
        if let moving = NodeActivity.moving(states[node], load: load) { return moving }
        return gangOf[node] >= 0 ? gangActivity[Int(gangOf[node])] : .idle
    }
}
