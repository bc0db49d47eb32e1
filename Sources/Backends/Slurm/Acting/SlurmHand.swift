// SPDX-License-Identifier: Apache-2.0

package import Factory
package import SlurmText

/// Slurm as moves need it: fresh looks, and one write at a time.
package protocol SlurmHand: Sendable {
    /// What Slurm says of a node, as far as a step needs it.
    ///
    /// - Parameter isFresh: nothing of it is remembered from an earlier look: for whoever is about to write.
    /// - Throws: `.unreachable` where it does not answer in time, `.refused` where it answers with something else.
    func look(at node: NodeID, for step: MoveStep, isFresh: Bool) async throws(ActuatorError) -> SlurmFacts

    /// Of those jobs the ones that Slurm would not put back into its queue.
    func unrequeueable(_ jobs: [SlurmJob]) async throws(ActuatorError) -> Set<String>

    /// Of those jobs the ones that have ended by themselves and are in no queue, with when their last run began. One that
    /// somebody has cancelled is not to run again, and of one that Slurm has forgotten nobody knows.
    func ended(_ jobs: [String]) async throws(ActuatorError) -> [SlurmJob]

    /// - Throws: `.unreachable` where the answer did not come: the write may have been done or not.
    func write(_ write: SlurmWrite) async throws(ActuatorError)

    /// Whether it takes `Nodes+=`.
    var isIncremental: Bool { get async }
}

/// Where what an actuator has to remember is kept.
package protocol SlurmMemoryKeeper: Sendable {
    /// nil: nothing is kept yet.
    func load() throws(ActuatorError) -> SlurmMemory?
    /// Returns when it is on the medium.
    func save(_ memory: SlurmMemory) throws(ActuatorError)
}
