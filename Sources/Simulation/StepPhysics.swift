// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// What each step of a move does to a node, and how long it takes.
extension SimulatedPlant {
    /// Share of loads of a node's first model that find its weights on the node's own NVMe all the same.
    private static let nearByLuck = 0.3
    /// So long a host keeps weights in its memory that nobody reads.
    private static let staysInMemory = 3600.0

    mutating func start(_ unit: inout UnitOrder, on node: Int) {
        let order = unit.order
        switch order.step {
        case .cordon, .drain, .unload: startLeavingClass(&unit, on: node)
        case .checkpoint:
            let index = Int(gangOf[node])
            if index >= 0, gangs[index].phase == .running, gangs[index].request.trains { beginCheckpoint(of: index) }
            set(node, .checkpointing)
            since[node] = now
            unit.until = .infinity
        case .release:
            if gangOf[node] >= 0 { unit.home = gangs[Int(gangOf[node])].request.id }
            leaveGang(node)
            set(node, .releasing)
            unit.until = clock + sampled(StepTimes.release)
        case .join:
            give(node, to: trainingPool)
            set(node, .joining)
            unit.until = clock + sampled(StepTimes.join)
        case .restart: enterGang(&unit, on: node)
        case .load, .warm, .canary, .serve: startEnteringClass(&unit, on: node)
        case .park:
            give(node, to: sparePool)
            set(node, .spare)
            unit.until = clock + StepTimes.park.value
        case .restore: startRestore(&unit, on: node)
        }
    }

    private mutating func startLeavingClass(_ unit: inout UnitOrder, on node: Int) {
        let pool = Int(poolOf[node])
        switch unit.order.step {
        case .cordon:
            inference[pool].beginDrain()
            set(node, .cordoned)
            unit.until = clock + StepTimes.cordon.value
        case .drain:
            set(node, .draining)
            // The longest answer in flight, up to the 99th percentile that the profile promises.
            let longest = inference[pool].served.model.profile.drainTime.value * moveDice.between(0.6, 1)
            unit.until = max(clock + longest, course.drainsStuckUntil)
        default:
            _ = inference[pool].cutDrainer()
            lastServed[node] = (pool, clock)
            set(node, .unloading)
            unit.until = clock + sampled(StepTimes.unload)
        }
    }

    private mutating func startEnteringClass(_ unit: inout UnitOrder, on node: Int) {
        guard let pool = index(of: unit.order.to), pool < inference.count else { return }
        let profile = inference[pool].served.model.profile
        switch unit.order.step {
        case .load:
            give(node, to: pool)
            set(node, .loading)
            unit.until = clock + sampled(loadTime(of: profile, for: pool, on: node, from: unit.order.from))
        case .warm:
            set(node, .warming)
            unit.until = clock + sampled(profile.warmTime)
        case .canary:
            set(node, .canary)
            unit.until = clock + sampled(StepTimes.canary)
        default:
            beginServing(node)
            unit.until = clock + StepTimes.serve.value
        }
    }

    /// From the host's memory where the node served this class within the hour; from its disk where it ever served one;
    /// else from the object store.
    private mutating func loadTime(
        of profile: ServingProfile, for pool: Int, on node: Int, from: Pool
    ) -> Seconds {
        // One throw for every load, so that one more memory changes no other dice.
        let isLucky = moveDice.unit() < Self.nearByLuck
        if let last = lastServed[node] {
            let isInMemory = last.pool == pool && clock - last.until < Self.staysInMemory
            return isInMemory ? profile.warmLoadTime : profile.nearLoadTime
        }
        return isLucky || from.servingClass != nil ? profile.nearLoadTime : profile.loadTime
    }

    private mutating func enterGang(_ unit: inout UnitOrder, on node: Int) {
        let home = gangs.firstIndex { $0.request.id == unit.home && $0.room > 0 }
        set(node, .restarting)
        guard let index = home ?? gangToJoin() else {
            unit.until = clock + StepTimes.join.value
            return
        }
        let isFree = gangs[index].changesFreely
        joinGang(node, index)
        unit.until = isFree ? clock + sampled(Seconds(Gang.workerStart)) : .infinity
    }

    private mutating func startRestore(_ unit: inout UnitOrder, on node: Int) {
        guard let from = index(of: unit.order.from) else { return }
        unit.until = clock + 1
        if from == Int(poolOf[node]) {
            switch states[node] {
            case .cordoned, .draining:
                inference[from].endDrain()
                set(node, .serving)
                return
            case .checkpointing, .training:
                set(node, .training)
                return
            case .serving, .spare: return
            default: break
            }
        }
        leaveGang(node)
        give(node, to: from)
        set(node, .restarting)
        if from == trainingPool {
            enterGang(&unit, on: node)
        } else {
            unit.until = clock + (from == sparePool ? StepTimes.release.value : sampled(StepTimes.restore))
        }
    }

    /// A time around the typical one.
    private mutating func sampled(_ typical: Seconds) -> Double { typical.value * moveDice.between(0.85, 1.2) }

    mutating func advanceOrders() {
        guard !ordered.isEmpty else { return }
        let done = ordered.filter(isDone)
        guard !done.isEmpty else { return }
        for node in done {
            if orders[node]?.order.step == .canary, hasBadModel(Int(poolOf[node])) {
                close(node, .failed("the canary regresses: its answers find no end"))
                continue
            }
            close(node, .reached)
            arrive(node)
        }
        ordered = ordered.filter { orders[$0]?.outcome == nil }
    }

    /// Whether what the class's nodes load now is a model that its canary will turn back.
    private func hasBadModel(_ pool: Int) -> Bool {
        guard flywheel.isSpoiled, pool == tunedClass, case .canary = flywheel.phase else { return false }
        return true
    }

    private func isDone(_ node: Int) -> Bool {
        guard let unit = orders[node] else { return false }
        if unit.until.isFinite { return clock >= unit.until }
        let index = Int(gangOf[node])
        // The gang has gone meanwhile: nothing is left to save or to wait for.
        guard index >= 0 else { return true }
        let phase = gangs[index].phase
        return unit.order.step == .checkpoint ? phase != .checkpointing : phase == .running || phase == .checkpointing
    }

    /// The end of a step that leaves its node in a pool.
    private mutating func arrive(_ node: Int) {
        guard let order = orders[node]?.order, order.step == .restart || order.step == .restore else { return }
        guard states[node] == .restarting else { return }
        let pool = Int(poolOf[node])
        if pool < inference.count {
            beginServing(node)
        } else {
            set(node, pool == sparePool ? .spare : .training)
        }
    }
}
