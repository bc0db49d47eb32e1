// SPDX-License-Identifier: Apache-2.0

import Factory
import SlurmText
import Testing

@testable import Backends

/// What is asked of Slurm for units that wait: recorded replies, real processes.
@Suite struct SlurmCommandHandTests {
    private let stage: SlurmStage
    private let hand: SlurmCommandHand

    init() throws {
        stage = try SlurmStage()
        let command = try SlurmCommand(
            configuration: stage.settings.configuration, folder: stage.settings.folder, variables: [:])
        hand = SlurmCommandHand(command, clock: { 1_795_872_000 }, mark: { "3mark" })
    }

    private func lists() throws -> Int {
        try stage.text("asked").split(separator: "\n").count { $0.contains("squeue") }
    }

    @Test("units that wait for jobs share one list of them, however often they are asked about")
    func shared() async throws {
        for _ in 0..<20 {
            let first = try await hand.look(at: NodeID("node001"), for: .drain, isFresh: false)
            let other = try await hand.look(at: NodeID("node007"), for: .drain, isFresh: false)
            #expect(first.jobs.map(\.id) == ["1"])
            #expect(other.jobs.map(\.id) == ["3", "4_7"])
        }
        // One for the first alone, one when the second came.
        #expect(try lists() == 2)
        #expect(try stage.text("asked").contains("-w node[001,007]"))
    }

    @Test("a fresh look asks anew, and so does the one after it by a node that was not asked about")
    func fresh() async throws {
        for count in 1...3 {
            _ = try await hand.look(at: NodeID("node001"), for: .drain, isFresh: true)
            #expect(try lists() == count)
        }
    }

    @Test("a job that is not to be put back, or that has no script to begin again from, is known by its record")
    func unrequeueable() async throws {
        try stage.fault(
            """
            job() {
                echo "JobId=9 JobName=x JobState=RUNNING Reason=None Dependency=(null) Requeue=$1 Restarts=0 BatchFlag=$2 Reboot=0"
                exit 0
            }
            case "$*" in
            *"show job 1") job 1 1 ;;
            *"show job 2") job 0 1 ;;
            *"show job 3") job 1 0 ;;
            esac
            """)
        let jobs = (1...3).map { SlurmJob(id: "\($0)", name: "x", state: .running) }
        #expect(try await hand.unrequeueable(jobs) == ["2", "3"])
    }

    @Test("ended is a job that ended by itself: not one that waits, was cancelled, or is forgotten")
    func ended() async throws {
        try stage.fault(
            """
            state() {
                echo "JobId=9 JobName=x JobState=$1 Reason=None Dependency=(null) StartTime=2026-11-28T13:15:21 EndTime=Unknown"
                exit 0
            }
            case "$*" in
            *"show job 1") state FAILED ;;
            *"show job 2") state CANCELLED ;;
            *"show job 3") state PENDING ;;
            *"show job 4") state RUNNING ;;
            *"show job 5") state COMPLETED ;;
            *"show job 6") echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1 ;;
            esac
            """)
        let ended = try await hand.ended((1...6).map(String.init))
        #expect(ended.map(\.id) == ["1", "5"])
        #expect(ended.map(\.start) == [1_795_871_721, 1_795_871_721])
    }
}
