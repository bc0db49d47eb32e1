// SPDX-License-Identifier: Apache-2.0

/// Those who work with a plant that several can attach to: who is there, who steers, and what waits for a second pair of eyes.
package struct ControlRoom: Sendable, Codable, Hashable {
    /// Somebody who is attached, however many sessions they have.
    package struct Person: Sendable, Codable, Hashable {
        package var name: String
        /// Whether they came as an operator.
        package var mayAct: Bool
        package init(name: String, mayAct: Bool) {
            self.name = name
            self.mayAct = mayAct
        }
    }

    /// Who steers: one operator at a time.
    package struct Helm: Sendable, Codable, Hashable {
        package var by: String
        /// On the plant's clock, as everything on a screen and every event.
        package var since: PlantTime
        /// The same moment on the wall clock, seconds since 1970: for `who`, which tells of people and shows no plant.
        package var wall: Double
        package init(by: String, since: PlantTime, wall: Double) {
            self.by = by
            self.since = since
            self.wall = wall
        }
    }

    /// A plan above the limit that its operator has confirmed and a second one has to approve.
    package struct Request: Sendable, Codable, Hashable {
        package var decision: DecisionID
        package var by: String
        /// What would move: `16 nodes training -> inference/think, 25 % of the plant`.
        package var what: String
        /// What it costs: `28 GPU-h lost, ready in 2:14`.
        package var price: String
        /// Why, in their words.
        package var reason: String
        /// Which nodes of whom, waves, warnings: a sentence each.
        package var details: [String]
        /// Until nobody need be waited for any more. Whole seconds.
        package var left: Seconds

        package init(
            decision: DecisionID, by: String, what: String, price: String, reason: String, details: [String] = [],
            left: Seconds
        ) {
            self.details = details
            self.decision = decision
            self.by = by
            self.what = what
            self.price = price
            self.reason = reason
            self.left = left
        }
    }

    /// nil: nobody has it, and who acts next takes it.
    package var helm: Helm?
    /// By name.
    package var people: [Person]
    /// Oldest first.
    package var requests: [Request]

    package init(helm: Helm? = nil, people: [Person] = [], requests: [Request] = []) {
        self.helm = helm
        self.people = people
        self.requests = requests
    }

    /// Operators besides one: those who could approve what they ask for.
    package func others(than name: String) -> [String] {
        people.filter { $0.mayAct && $0.name != name }.map(\.name)
    }

    /// Why somebody may not steer now, in a sentence; nil: they may.
    package func whyNoHelm(_ name: String) -> String? {
        guard let helm, helm.by != name else { return nil }
        return "\(helm.by) has the helm since \(helm.since.clock)"
    }
}
