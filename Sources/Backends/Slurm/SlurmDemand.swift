// SPDX-License-Identifier: Apache-2.0

import Factory
import SlurmText

/// What the jobs of one purpose come to, counted over the whole queue.
struct SlurmDemand: Sendable {
    private(set) var pending = 0
    private(set) var running = 0
    /// nil: of one that waits it is not known.
    private(set) var asked: Int? = 0
    private(set) var oldest: SlurmJob?

    mutating func count(_ job: SlurmJob) {
        if job.isRunning { running += 1 }
        guard job.isPending else { return }
        pending += job.tasks
        asked = asked.flatMap { sum in job.gpus.map { sum + $0 * job.tasks } }
        if let submitted = job.submitted, submitted < oldest?.submitted ?? .infinity { oldest = job }
    }

    /// Something of the queue could not be read: it may ask for more.
    mutating func forgetAsked() { asked = nil }

    /// How long the oldest has waited.
    func wait(at now: PlantTime) -> Seconds? { oldest?.submitted.map { Seconds(max(0, now.epoch - $0)) } }
}
