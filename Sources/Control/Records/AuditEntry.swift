// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What is to be recorded, before the audit gives it a number, a time and its place in the chain.
package struct AuditEntry: Sendable, Hashable {
    package var kind: AuditRecord.Kind
    package var at: PlantTime
    package var by: String
    package var decision: DecisionID?
    package var node: NodeID?
    package var step: MoveStep?
    package var mode: OperatingMode
    package var text: String
    package var details: [String: String]

    package init(
        _ kind: AuditRecord.Kind, at: PlantTime, by: String, decision: DecisionID? = nil, node: NodeID? = nil,
        step: MoveStep? = nil, mode: OperatingMode, text: String, details: [String: String] = [:]
    ) {
        self.kind = kind
        self.at = at
        self.by = by
        self.decision = decision
        self.node = node
        self.step = step
        self.mode = mode
        self.text = text
        self.details = details
    }
}

/// The keys of `AuditRecord.details` that the audit itself reads again.
package enum AuditKey {
    /// In an ending: the sequence number of the `asked` that it ends.
    package static let asked = "asked"
    /// In `asked` and its ending: the command, `submit d-3`.
    package static let command = "command"
    /// In the last record of a move that did not end well: the nodes that arrived all the same, `;` between them.
    static let arrived = "arrived"
    /// In the last record of a move: how the move ended, as `MoveStatus.Phase` has it.
    package static let moveEnd = "move_end"
    /// In a `step` without a step: how its node's part in the move ended, as `UnitMove.Phase` has it.
    static let unitEnd = "unit_end"
    /// In a `step` without a step: what is wrong with its node, which goes back, or has ended where `unitEnd` says so.
    static let problem = "problem"
    /// In a `step`, and in the last record of a move: GPU-hours that the move has lost so far, with this step.
    static let lost = "lost_gpu_h"
    /// In the `accepted` that starts a move: its units, as `MoveJournal` writes them, separated by `;`.
    package static let units = "units"
    /// In the `accepted` that starts a move: where the units go.
    package static let to = "to"
    /// In the `accepted` of a move above the limit that nobody else agreed to: why it was alone.
    static let flag = "flag"
    /// In the ending of a plan above the limit: why, in its operator's words.
    package static let reason = "reason"
    /// In a `waiting`: what would move.
    package static let what = "what"
    /// In a `waiting`: until when, of the wall clock, as people read it.
    package static let until = "until"
}
