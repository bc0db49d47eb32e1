// SPDX-License-Identifier: Apache-2.0

package import Factory
import Planning

/// A script of what befalls a plant: at a time, something happens.
package struct Drill: Sendable, Hashable {
    package var name: String
    /// One sentence for people.
    package var about: String
    /// In the order of their times.
    package var events: [Event]

    /// Something that happens at a time.
    package struct Event: Sendable, Hashable {
        /// Plant seconds since the start.
        package var at: Double
        package var action: Action

        package init(at: Double, _ action: Action) {
            self.at = at
            self.action = action
        }
    }

    /// What can happen. Times are plant seconds; a `lasting` of nil lasts for good.
    package enum Action: Sendable, Hashable {
        /// Arrivals of a class (nil: of all) rise or fall to so many times theirs within `over`, and come back in as much.
        case demand(ServingClass?, factor: Double, over: Double, lasting: Double?)
        /// The same for the length of its answers.
        case length(ServingClass?, factor: Double, over: Double, lasting: Double?)
        /// Nodes fail together, and are repaired after `lasting`.
        case failure(Place, xid: Int, lasting: Double)
        /// A rack's network loses packets: the gangs that step across it crawl.
        case network(Place, lasting: Double)
        /// The machines may draw no more than this part of their nameplate power.
        case powerCap(share: Double, lasting: Double?)
        /// A new model goes to the canary at once; a bad one answers at far too great a length.
        case rollout(isBad: Bool)
        /// Answers in flight do not end: drains that run or begin before `lasting` has passed wait for it.
        case stuckDrain(lasting: Double)
    }

    /// Where something happens.
    package enum Place: Sendable, Hashable {
        case node(String)
        case rack(String)
        /// The rack, or the node, in which a pool's first node stands at that time: of any plant's size.
        case rackOf(Pool)
        case nodeOf(Pool)
    }

    package init(name: String, about: String, events: [Event]) {
        self.name = name
        self.about = about
        self.events = events
    }

    /// What a plant of these settings cannot do of it: the event's place in `events`, and why; nil: it can do all.
    package func problem(for settings: SimulationSettings) -> (event: Int, text: String)? {
        let names = NodeNames(count: settings.nodes, perRack: settings.hardware.unitsPerRack)
        let served = ServedClass.served(byNodes: settings.nodes, on: settings.hardware).map(\.serving)
        for (index, event) in events.enumerated() {
            if index > 0, event.at < events[index - 1].at {
                return (index, "its time lies before that of the event above it")
            }
            switch event.action {
            case .demand(let serving?, _, _, _), .length(let serving?, _, _, _):
                if !served.contains(serving) { return (index, Self.lacks(serving, names: names, served: served)) }
            case .failure(let place, _, _), .network(let place, _):
                if let text = Self.problem(with: place, names: names, served: served) { return (index, text) }
            default: break
            }
        }
        return nil
    }

    private static func problem(with place: Place, names: NodeNames, served: [ServingClass]) -> String? {
        switch place {
        case .node(let name):
            if names.index(of: NodeID(name)) != nil { return nil }
            return "there is no node '\(name)'; they are named \(names.ids[0]) to \(names.ids[names.ids.count - 1])"
        case .rack(let name):
            if names.rack(named: name) != nil { return nil }
            return "there is no rack '\(name)'; they are named \(names.rackName(of: 0)) to "
                + names.rackName(of: names.ids.count - 1)
        case .rackOf(let pool), .nodeOf(let pool):
            guard let serving = pool.servingClass, !served.contains(serving) else { return nil }
            return lacks(serving, names: names, served: served)
        }
    }

    private static func lacks(_ serving: ServingClass, names: NodeNames, served: [ServingClass]) -> String {
        let nodes = names.ids.count == 1 ? "1 node" : "\(names.ids.count) nodes"
        return "a plant of \(nodes) serves no class '\(serving)', only "
            + served.map(\.name).joined(separator: ", ")
    }
}
