// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What a move takes and costs: times of its steps and waves, work that gangs lose.
package struct Pricing: Sendable {
    package let snapshot: FactorySnapshot

    package init(_ snapshot: FactorySnapshot) { self.snapshot = snapshot }

    /// When the nodes leave and arrive, from the submission on.
    package struct Timetable: Sendable, Hashable {
        /// Until the last unit works in its new pool; nil when a step's time is unknown.
        package var ready: Seconds?
        /// Departures (negative) and arrivals by pool.
        package var changes: [Pool: [Estimator.Change]] = [:]
    }

    /// Steps of the units that go from one place to another, with their usual times.
    package func steps(_ taken: Taken, to receiver: Pool) -> [PlannedStep] {
        let destination = taken.to ?? receiver
        let joined = destination == .training ? GangChoice.next(snapshot.jobs) : nil
        return taken.path(to: receiver).map { step in
            if step == .drain, let jobs = taken.jobs {
                return PlannedStep(step: step, from: taken.from, typical: untilFree(jobs))
            }
            return PlannedStep(
                step: step, from: taken.from,
                typical: StepTimes.typical(
                    step, donor: snapshot.pool(taken.from)?.profile, receiver: snapshot.pool(destination)?.profile,
                    job: snapshot.job(taken.job), joined: joined, route: taken.route ?? .pools))
        }
    }

    /// Until the last of some jobs has ended; nil: one of them has no limit.
    private func untilFree(_ jobs: [JobAtStake]) -> Seconds? {
        let left = jobs.map { $0.ends.map { max(.zero, $0 - snapshot.at) } }
        return left.contains(nil) ? nil : left.compactMap(\.self).max() ?? .zero
    }

    /// Time from the first step of a unit to its work in the new pool.
    package func duration(_ taken: Taken, to receiver: Pool) -> Seconds? {
        steps(taken, to: receiver).reduce(Seconds?(.zero)) { sum, step in
            guard let sum, let typical = step.typical else { return nil }
            return sum + typical
        }
    }

    /// When everything leaves and arrives.
    package func timetable(_ proposal: Proposal) -> Timetable {
        var table = Timetable(ready: .zero)
        var start = Seconds.zero
        for wave in proposal.waves.waves {
            let members = Set(wave)
            var end = start
            for taken in proposal.takes {
                let count = taken.nodes.count { members.contains($0) }
                guard count > 0 else { continue }
                table.changes[taken.from, default: []].append(.init(at: start, nodes: -count))
                guard let duration = duration(taken, to: proposal.to) else {
                    table.ready = nil
                    continue
                }
                end = max(end, start + duration)
                table.changes[taken.to ?? proposal.to, default: []].append(.init(at: start + duration, nodes: count))
            }
            if table.ready != nil { table.ready = end }
            start = max(end, start + proposal.waves.spacing)
        }
        return table
    }

    /// Work that one node more costs a gang: nothing where it only gets another rollout worker.
    package func restartLoss(_ job: JobState) -> GPUHours {
        job.changesFreely ? .zero : gangLoss(job)
    }

    /// Work that one change of a gang costs: the checkpoint's stall and the restart, of all its GPUs.
    private func gangLoss(_ job: JobState) -> GPUHours {
        let stall = (job.checkpointTime ?? StepTimes.checkpoint) + (job.restartTime ?? StepTimes.restart)
        return GPUHours(Double(job.nodes * job.gpusPerNode) * stall.value / 3600)
    }

    /// What the gang behind some taken units loses: one restart for each wave that takes from it.
    package func loss(_ taken: Taken, _ waves: [[NodeID]]) -> GPUHours {
        switch taken.route ?? .pools {
        // Nothing is broken off: what runs there ends by itself.
        case .drain: return .zero
        case .requeue: return (taken.jobs ?? []).reduce(.zero) { $0 + $1.lost }
        case .pools: break
        }
        guard taken.from == .training, let job = snapshot.job(taken.job) else { return .zero }
        if job.givesFreely(taken.nodes.count) { return .zero }
        let members = Set(taken.nodes)
        let touched = waves.count { $0.contains { members.contains($0) } }
        return gangLoss(job) * Double(max(1, touched))
    }

    /// What is lost on top if the checkpoint before the release fails.
    package func lossWithoutCheckpoint(_ takes: [Taken]) -> GPUHours {
        var seen: Set<JobID> = []
        var sum = GPUHours.zero
        for taken in takes where taken.from == .training && taken.route == nil {
            guard let job = snapshot.job(taken.job), seen.insert(job.id).inserted else { continue }
            if job.givesFreely(taken.nodes.count) { continue }
            sum = sum + (job.atRisk(at: snapshot.at) ?? .zero)
        }
        return sum
    }

    /// The gang that joining nodes make restart, if a running one gets them.
    package func joined(_ proposal: Proposal) -> JobState? {
        // A scheduler's gangs do not grow: the node waits for the next job.
        guard proposal.receivers.contains(.training), !proposal.takes.contains(where: { $0.route != nil }) else {
            return nil
        }
        return GangChoice.next(snapshot.jobs).flatMap { $0.phase == .running || $0.phase == .checkpointing ? $0 : nil }
    }

    /// Everything a proposal loses: gangs that give and the running gang that gets.
    package func loss(_ proposal: Proposal) -> GPUHours {
        let given = proposal.takes.reduce(GPUHours.zero) { $0 + $1.lost }
        let joins = proposal.waves.waves.count { wave in
            proposal.takes.contains { taken in
                (taken.to ?? proposal.to) == .training && taken.nodes.contains { wave.contains($0) }
            }
        }
        return given + (joined(proposal).map { restartLoss($0) * Double(joins) } ?? .zero)
    }
}
