// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What the steps of a move take where neither the profile nor the job says.
package enum StepTimes {
    package static let cordon = Seconds(1)
    package static let unload = Seconds(5)
    package static let checkpoint = Seconds(20)
    package static let release = Seconds(10)
    package static let join = Seconds(10)
    package static let restart = Seconds(300)
    package static let canary = Seconds(10)
    package static let serve = Seconds(1)
    package static let park = Seconds(1)
    package static let restore = Seconds(30)

    /// What a scheduler needs to write a node from one list to another, and to hear from it again.
    package static let relist = Seconds(2)
    package static let resume = Seconds(10)

    /// The typical time of a step for a unit between two pools; nil where a profile would have to say and none does.
    ///
    /// - Parameters:
    ///   - donor: profile of the class that gives the unit, if one does.
    ///   - receiver: profile of the class that gets the unit, if one does.
    ///   - job: the gang that loses the unit.
    ///   - joined: the gang that gets the unit, when it is known.
    ///   - route: where a scheduler frees the unit, models are loaded and gangs restarted by its jobs, after the move.
    package static func typical(
        _ step: MoveStep, donor: ServingProfile?, receiver: ServingProfile?, job: JobState? = nil,
        joined: JobState? = nil, route: MoveRoute = .pools
    ) -> Seconds? {
        if route != .pools { return scheduled(step, job) }
        return switch step {
        case .cordon: cordon
        case .drain: donor?.drainTime
        case .unload: unload
        case .checkpoint: job?.checkpointTime ?? checkpoint
        case .release: release
        case .join: join
        case .restart: joined?.restartTime ?? restart
        case .load: receiver?.loadTime
        case .warm: receiver?.warmTime
        case .canary: canary
        case .serve: serve
        case .park: park
        case .restore: restore
        }
    }
    /// A drain takes as long as the jobs that run there may still run: nil where the scheduler sets them no limit.
    private static func scheduled(_ step: MoveStep, _ job: JobState?) -> Seconds? {
        switch step {
        case .cordon, .canary: cordon
        case .drain: job.map { $0.remaining.known } ?? .zero
        case .checkpoint: job?.checkpointTime ?? checkpoint
        case .release, .unload: release
        case .join, .load, .park: relist
        case .restart, .serve, .warm: resume
        case .restore: restore
        }
    }
}
