// SPDX-License-Identifier: Apache-2.0

/// What the operator gave to confirm a plan; it must match the plan's `ConfirmationTier`.
package enum Confirmation: Sendable, Codable, Hashable {
    case yes
    case name(String)
    case reason(String)
}

/// Everything that may be asked of a plant besides plans.
package enum PlantCommand: Sendable, Codable, Hashable {
    /// Carry out the plan of this decision. Idempotent: the same decision never moves twice.
    case submit(DecisionID, at: AllocationRevision, Confirmation)
    /// Stop a move: its units before LOSS go back, free; those past it go on to where they are safe. Refused when none is before LOSS.
    case abort(DecisionID)
    /// The running step ends and none starts.
    case hold
    case releaseHold
    /// Plant seconds per wall second; only a simulation has it.
    case setSpeed(Double)
    /// Show another site of the factory, and take orders for it, from now on; only a factory of several has it.
    case visit(SiteID)
    /// Steer: of those who are attached only one does. It is taken from whoever has it, for all to see.
    case takeHelm
    case leaveHelm
    /// The second operator's word on a plan that waits for it.
    case approve(DecisionID)
    case decline(DecisionID)
}

/// What became of a command. A refusal is an answer, not an error.
package struct CommandOutcome: Sendable, Codable, Hashable {
    package enum Verdict: String, Sendable, Codable, Hashable { case accepted, refused, failed }
    package var command: PlantCommand
    package var verdict: Verdict
    /// One sentence: what happened and, for a refusal, why and what to do.
    package var text: String

    package init(_ command: PlantCommand, _ verdict: Verdict, _ text: String) {
        self.command = command
        self.verdict = verdict
        self.text = text
    }
}

/// The answer to a request for a plan.
package enum PlanAnswer: Sendable, Codable {
    case preview(PlanPreview)
    /// One sentence: why there can be no plan, and what to do.
    case impossible(String)
}
