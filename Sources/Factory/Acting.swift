// SPDX-License-Identifier: Apache-2.0

/// What can change the plant: at most one per engine.
///
/// It performs one step on one unit and says how that step stands; which step comes next, and whether any may, is
/// not its business. Its two halves, out of a pool and into one, are separate steps of `MoveStep`, so that a node can
/// leave one engine for another.
package protocol Actuator: Sendable {
    /// `simulation`, `slurm`.
    var name: String { get }

    /// The ways in which it can free a node; the first is the usual one.
    var routes: [MoveRoute] { get }

    /// The highest number of a decision that it still knows something of, from earlier runs; 0 for none. A new decision takes a
    /// higher one: what is kept of the old would be taken for its own.
    var lastDecision: Int { get }

    /// Starts a step and returns once the engine has accepted it. Idempotent for the same order.
    func perform(_ order: StepOrder) async throws(ActuatorError)

    /// Asks the engine how a step stands.
    func progress(of order: StepOrder) async throws(ActuatorError) -> StepProgress

    /// The command lines that would do the steps by hand, one after the other, for the plan's `c` and for a stuck unit.
    func commands(for orders: [StepOrder]) -> [String]

    /// What the engine still holds for decisions that are none of the open ones.
    func leftovers(besides open: Set<DecisionID>) -> [HeldNodes]

    /// Plant seconds per wall second; only a simulation takes it. Returns the speed that it has set, the nearest it can.
    func setSpeed(_ speed: Double) async throws(ActuatorError) -> Double
}

extension Actuator {
    package var routes: [MoveRoute] { [.pools] }
    package func leftovers(besides open: Set<DecisionID>) -> [HeldNodes] { [] }
    package var lastDecision: Int { 0 }
}

/// Nodes that an engine keeps out of work for a decision that nobody carries out.
package struct HeldNodes: Sendable, Hashable {
    /// nil: it is not one of ours.
    package var decision: DecisionID?
    /// By the names that are shown.
    package var nodes: [NodeID]
    /// What it is, and what to do about it.
    package var sentence: String

    package init(_ nodes: [NodeID], for decision: DecisionID?, _ sentence: String) {
        self.nodes = nodes
        self.decision = decision
        self.sentence = sentence
    }
}

/// Why an engine did not do a step.
package struct ActuatorError: Error, Sendable, Hashable {
    package enum Kind: String, Sendable {
        /// The engine refused: another try changes nothing.
        case refused
        /// The engine did not answer: another try may.
        case unreachable
    }
    package var kind: Kind
    /// Who said it: `simulation`.
    package var engine: String
    /// Their words.
    package var text: String

    package init(_ kind: Kind, engine: String, text: String) {
        self.kind = kind
        self.engine = engine
        self.text = text
    }
}
