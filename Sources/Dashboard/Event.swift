// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// Everything that can happen to the dashboard.
///
/// The same events in the same order give the same state and the same frame.
package enum Event: Sendable {
    case snapshotArrived(FactorySnapshot)
    /// `at`: monotonic seconds of the read, so that repeats and bursts can be told from fingers.
    /// `inBurst`: it came with other keys in one read of the terminal, so it is a program's, the first one too.
    case input(TerminalInput, at: Double, inBurst: Bool = false)
    /// The UI's monotonic clock, sent before a frame is asked for: what makes a notice go away.
    case tick(at: Double)
    /// The answer to the newest `Effect.plan`.
    case planReady(PlanAnswer)
    case commandFinished(CommandOutcome)
    case auditArrived([AuditRecord])
    /// A theme is in use; with a sentence where the one asked for could not be.
    case themeChanged(String, problem: String?)
    /// How the connection to the plant stands.
    case linkChanged(LinkState)
    /// A sentence from the edge, shown once: what the terminal lacks, that the connection is gone.
    case noticed(String)
}
