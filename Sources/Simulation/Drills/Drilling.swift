// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// What a drill does to the plant. Demand is not announced: nobody announces it in a real plant either.
extension SimulatedPlant {
    mutating func advanceDrill() {
        for action in course.due(at: Double(second)) { perform(action) }
        if course.endCaps(at: clock) { cap() }
    }

    private mutating func perform(_ action: Drill.Action) {
        let now = Double(second)
        switch action {
        case .demand(let serving, let factor, let over, let lasting):
            course.addRamp(serving, isLength: false, factor: factor, at: now, over: over, lasting: lasting)
        case .length(let serving, let factor, let over, let lasting):
            course.addRamp(serving, isLength: true, factor: factor, at: now, over: over, lasting: lasting)
        case .failure(let place, let xid, let lasting): fail(place, xid: xid, lasting: lasting)
        case .network(let place, let lasting):
            if let node = node(at: place) { beginNetworkFault(names.rack(of: node), lasting: lasting) }
        case .powerCap(let share, let lasting):
            let watts = share * Double(settings.nodes) * settings.hardware.unitPeak
            course.caps.append((watts, lasting.map { clock + $0 } ?? .infinity))
            cap()
        case .rollout(let isBad): beginRollout(isBad: isBad)
        case .stuckDrain(let lasting):
            let end = max(course.drainsStuckUntil, clock + lasting)
            course.drainsStuckUntil = end
            for node in ordered {
                guard var unit = orders[node], unit.order.step == .drain, unit.outcome == nil else { continue }
                unit.until = max(unit.until, end)
                orders[node] = unit
            }
        }
    }

    /// The smallest cap that holds, and an event where that is another than before.
    private mutating func cap() {
        let old = power.cap
        power.cap = (course.caps.map(\.watts) + [settings.powerCap].compactMap { $0 }).min()
        guard power.cap != old else { return }
        guard let watts = power.cap else { return emit(.change, "the power cap is lifted") }
        let isTighter = watts < old ?? .infinity
        emit(
            .change, "power cap: the machines may draw \(Words.short(watts / 1000)) kW\(isTighter ? "" : " again")",
            isFirstOut: isTighter)
    }

    private mutating func fail(_ place: Drill.Place, xid: Int, lasting: Double) {
        guard let node = node(at: place) else { return }
        switch place {
        case .node, .nodeOf:
            let text = xid > 0 ? "XID \(xid) gpu0" : "does not answer"
            strike(
                Episode(
                    node: node, kind: .failed, since: clock, until: clock + lasting, gpu: 0, xid: xid, text: text))
        case .rack, .rackOf: loseRack(names.rack(of: node), lasting: lasting)
        }
    }

    /// A node of the place; nil for a pool that has none now.
    private func node(at place: Drill.Place) -> Int? {
        switch place {
        case .node(let name): names.index(of: NodeID(name))
        case .rack(let name): names.rack(named: name)?.lowerBound
        case .rackOf(let pool), .nodeOf(let pool): states.indices.first { isAtRest($0, in: pool) }
        }
    }
}
