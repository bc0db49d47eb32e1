// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What a move machine is told.
package enum MoveEvent: Sendable {
    /// Begin, or go on after a restart.
    case start(at: PlantTime)
    /// Time has passed: ask about what runs, start what is due.
    case tick(at: PlantTime)
    /// What the engine said of an order that the machine asked about. An answer to an older step is ignored.
    case progress(StepOrder, StepProgress)
    /// The engine did not say how an order stands.
    case unanswered(StepOrder, ActuatorError)
    /// The engine did not accept an order.
    case performFailed(StepOrder, ActuatorError)
    /// Stop: free before LOSS; a unit past it goes on to its safe end.
    case abort(at: PlantTime)
    /// The running steps end and none starts.
    case hold
    case releaseHold
}

/// What a move machine asks for, in order.
package enum MoveAction: Sendable, Hashable {
    /// Journal it, then have the engine take the step.
    case perform(StepOrder)
    /// Ask the engine how the step stands.
    case ask(StepOrder)
    /// The move has ended; said once.
    case finished(MoveStatus.Phase)
    /// One sentence for the audit and the events.
    case note(String)
    /// A unit goes back because of a problem: what the journal has to know, or a restart would call its end an abort.
    case turnedBack(NodeID, problem: String, String)
    /// A unit takes no more steps: what the journal has to know before a restart would take them again.
    case ended(NodeID, UnitMove.Phase, String)
}
