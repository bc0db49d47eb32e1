// SPDX-License-Identifier: Apache-2.0

import Factory

/// A drill as it runs: what has begun, and what it does to demand now.
struct DrillCourse: Sendable {
    let drill: Drill?
    private var next = 0
    private var ramps: [Ramp] = []
    /// Until when drains do not end, on the plant's clock.
    var drainsStuckUntil = -Double.infinity
    /// The caps that hold, and until when on the plant's clock.
    var caps: [(watts: Double, until: Double)] = []

    /// A factor that rises, stays and comes back.
    private struct Ramp: Sendable {
        let serving: ServingClass?
        let isLength: Bool
        let factor: Double
        let begins: Double
        let over: Double
        let ends: Double

        func value(at second: Double) -> Double {
            let up = over > 0 ? min(1, (second - begins) / over) : 1
            let down = second < ends ? 0 : over > 0 ? min(1, (second - ends) / over) : 1
            return 1 + (factor - 1) * max(0, up - down)
        }
    }

    init(_ drill: Drill?) { self.drill = drill }

    /// The actions whose time has come.
    mutating func due(at second: Double) -> [Drill.Action] {
        guard let drill else { return [] }
        var found: [Drill.Action] = []
        while next < drill.events.count, drill.events[next].at <= second {
            found.append(drill.events[next].action)
            next += 1
        }
        ramps.removeAll { second >= $0.ends + $0.over }
        return found
    }

    mutating func addRamp(
        _ serving: ServingClass?, isLength: Bool, factor: Double, at second: Double, over: Double, lasting: Double?
    ) {
        ramps.append(
            Ramp(
                serving: serving, isLength: isLength, factor: factor, begins: second, over: over,
                ends: lasting.map { second + max($0, over) } ?? .infinity))
    }

    /// Forgets the caps whose time is over. Returns whether there were any.
    mutating func endCaps(at clock: Double) -> Bool {
        let held = caps.count
        caps.removeAll { clock >= $0.until }
        return caps.count < held
    }

    /// What the drill makes of a class's demand.
    func applied(to demand: ClassDemand, of serving: ServingClass, at second: Double) -> ClassDemand {
        if ramps.isEmpty { return demand }
        var changed = demand
        for ramp in ramps where ramp.serving == nil || ramp.serving == serving {
            if ramp.isLength {
                changed.output *= ramp.value(at: second)
            } else {
                changed.rate *= ramp.value(at: second)
            }
        }
        return changed
    }
}
