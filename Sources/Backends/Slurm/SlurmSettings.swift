// SPDX-License-Identifier: Apache-2.0

package import Factory
package import SlurmText

/// How a Slurm cluster is read.
package struct SlurmSettings: Sendable {
    /// The path of slurm.conf, and the folder of the commands; nil: found (`SlurmCommand`).
    package var configuration: String?
    package var folder: String?
    /// Where nodes, partitions and health are asked for instead of by commands; jobs never are: a queue of 10,000 is 32 MB
    /// there.
    package var rest: SlurmRest?
    /// Where SLURM_CONF and PATH are looked up.
    package var variables: [String: String] = [:]
    /// Time between two looks at nodes and partitions; jobs are looked at half as often, and not oftener than each 5 s.
    package var interval = Seconds(3)
    /// A command or request that has no whole answer by then has failed. Slurm's own limit is 10 s.
    package var deadline = SlurmCommand.usualDeadline
    /// So long after its begin a look that has not ended makes one ask whether anybody is there.
    package var doubt = Duration.milliseconds(1500)
    /// An answer that takes so long is a slow one.
    package var slow = Seconds(1)
    /// The pause after slow answers, in times of what the last one took: a tenth of the controller's time at most, but for the
    /// first of them and the slowest (`SlurmPause`).
    package var restraint = 10.0
    /// How long one observation waits; what comes later is in the next one.
    package var patience = Duration.milliseconds(200)
    /// nil: nobody has said, and the names of the partitions are guessed from.
    package var control: SlurmControl?

    /// The operator's table of names, from every other name to the one that is shown: events carry that one.
    package var aliases: [String: String] = [:]

    /// Where who moves nodes finds what was read, and is told what it left; nil: nobody moves any.
    package var board: SlurmBoard?

    package init() {}

    package var queueInterval: Seconds { max(Seconds(5), interval * 2) }
}
