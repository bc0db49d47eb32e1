// SPDX-License-Identifier: Apache-2.0

import Factory

/// What a plan says of nodes that a scheduler frees: the jobs on them end, or are put back.
struct SchedulerWords {
    let snapshot: FactorySnapshot

    func lines(of taken: Taken, _ route: MoveRoute) -> [String] {
        guard let job = snapshot.job(taken.job) else {
            return taken.job.map { ["no source describes job \($0)"] } ?? ["nothing runs on \(names(taken))"]
        }
        let name = "\(job.name) of \(job.owner)"
        return route == .requeue ? putBack(job, name) : waited(job, name)
    }

    private func waited(_ job: JobState, _ name: String) -> [String] {
        guard let left = job.remaining.known else {
            return ["waits for \(name) to end: it has no time limit, so nobody knows when"]
        }
        return [
            "waits for \(name) to end by itself: \((snapshot.at + left).clock) at the latest, in \(Words.ago(left))"
        ]
    }

    private func putBack(_ job: JobState, _ name: String) -> [String] {
        let size = Words.count(job.nodes, "node")
        let saved =
            job.checkpointAt.map { "from its checkpoint of \($0.clock)" }
            ?? "from its last checkpoint, which no source knows; without one from its start"
        return [
            "puts \(name) back into the queue, on all its \(size): it is told to save first, and begins again \(saved)"
        ]
    }

    private func names(_ taken: Taken) -> String { Words.names(taken.nodes.map(\.name)) }
}
