// SPDX-License-Identifier: Apache-2.0

import Backends
import Factory
import Foundation
import SlurmText
import Testing

/// What becomes of the jobs on a node that moves.
extension SlurmActuatorTests {
    @Test("a job that is suspended still holds its node, though that reads idle")
    func suspended() async throws {
        let actuator = try actuator()
        await slurm.set {
            $0.run("12", on: ["n1"])
            $0.suspend("12")
        }
        #expect(try await take(order(.cordon), actuator) == .reached)
        #expect(try await take(order(.drain), actuator) == .running(remaining: nil))
        #expect(
            try await take(order(.checkpoint, confirmed: ["12"]), actuator)
                == .failed("job 12 of eve on n1 is suspended: resume it, then plan again"))
        #expect(
            try await take(order(.load), actuator) == .failed("job 12 of eve still holds n1, though it reads idle"))
        #expect(try await take(order(.restore), actuator) == .reached)
        #expect(await slurm.lists["train"] == ["n1", "n2", "n3"])
    }

    @Test("a job that ends of the signal is put back all the same; where none is set, none is told")
    func endedOfSignal() async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("12", on: ["n1"]) }
        for step in [MoveStep.cordon, .checkpoint] { _ = try await take(order(step, confirmed: ["12"]), actuator) }
        await slurm.set { $0.die("12") }
        #expect(try await take(order(.release, confirmed: ["12"]), actuator) == .reached)
        #expect(await slurm.written.last == "scontrol requeue 12")
        #expect(await slurm.written.count { $0.contains("requeue") } == 1)
        var quiet = Self.control
        quiet.signal = nil
        let second = try SlurmActuator(quiet, hand: slurm, keeper: PaperMemory(), writer: "k3f9")
        await slurm.set { $0.run("13", on: ["n2"]) }
        for step in [MoveStep.cordon, .checkpoint] {
            #expect(try await take(order(step, "n2", confirmed: ["13"]), second) == .reached)
        }
        #expect(await slurm.written.count { $0.hasPrefix("scancel") } == 1)
    }

    @Test(
        "a job that was put back is left alone when it runs elsewhere and ends, whoever put it back",
        arguments: [false, true])
    func endedElsewhere(isByItself: Bool) async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("12", on: ["n1"]) }
        for node in ["n1", "n2"] {
            for step in [MoveStep.cordon, .checkpoint] {
                _ = try await take(order(step, node, confirmed: ["12"]), actuator)
            }
        }
        if isByItself { await slurm.set { $0.end("12") } }
        #expect(try await take(order(.release, confirmed: ["12"]), actuator) == .reached)
        await slurm.set {
            $0.now += 60
            $0.run("12", on: ["n3"])
            $0.die("12")
        }
        // A process that begins anew knows it too.
        #expect(try await take(order(.release, "n2", confirmed: ["12"]), try self.actuator()) == .reached)
        #expect(await slurm.written.count { $0 == "scontrol requeue 12" } == (isByItself ? 0 : 1))
    }

    @Test(
        "a job that begins anew on a node of a later wave is told once more, and gets its time",
        arguments: [false, true])
    func toldAgain(isByItself: Bool) async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("12", on: ["n1"]) }
        for step in [MoveStep.cordon, .checkpoint] {
            _ = try await take(order(step, confirmed: ["12"]), actuator)
        }
        if isByItself { await slurm.set { $0.end("12") } }
        _ = try await take(order(.release, confirmed: ["12"]), actuator)
        await slurm.set {
            $0.now += 600
            $0.run("12", on: ["n2"])
        }
        _ = try await take(order(.cordon, "n2", confirmed: ["12"]), actuator)
        #expect(
            try await take(order(.checkpoint, "n2", confirmed: ["12"]), actuator) == .running(remaining: Seconds(60)))
        #expect(await slurm.written.count { $0 == "scancel -b -s USR1 12" } == 2)
        #expect(try await take(order(.release, "n2", confirmed: ["12"]), actuator) == .reached)
        #expect(await slurm.written.last == "scontrol requeue 12")
    }

    @Test("what an older version kept of jobs that were told is read")
    func olderTold() throws {
        let kept = #"{"writer":"k","intended":{},"journeys":{},"expected":{},"told":{"7":{"12":1000.5}}}"#
        let memory = try JSONDecoder().decode(SlurmMemory.self, from: Data(kept.utf8))
        #expect(memory.told == [7: ["12": SlurmMemory.Told(at: 1000.5, start: nil)]])
        #expect(try JSONDecoder().decode(SlurmMemory.self, from: JSONEncoder().encode(memory)) == memory)
    }

    @Test("a job on several nodes is told to save once, also by the process after this one; many jobs are all told")
    func toldOnce() async throws {
        await slurm.set {
            $0.run("12", on: ["n1", "n2"])
            for job in 100..<170 { $0.run("\(job)", on: ["n1"]) }
        }
        let jobs = ["12"] + (100..<170).map(String.init)
        for node in ["n1", "n2"] { _ = try await take(order(.cordon, node), try actuator()) }
        for node in ["n1", "n2"] {
            #expect(
                try await take(order(.checkpoint, node, confirmed: jobs), try actuator())
                    == .running(remaining: Seconds(60)))
        }
        #expect(await slurm.written.count { $0.hasPrefix("scancel") } == 71)
        #expect(await slurm.written.count { $0 == "scancel -b -s USR1 12" } == 1)
    }

    @Test("a busy node is waited for, with the time its jobs may still take; nothing of it is lost")
    func busy() async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("12", on: ["n1"], limit: 500) }
        #expect(try await take(order(.cordon), actuator) == .reached)
        #expect(try await take(order(.drain), actuator) == .running(remaining: Seconds(500)))
        await slurm.set { $0.run("13", on: ["n1"]) }
        #expect(try await take(order(.drain), actuator) == .running(remaining: nil))
        await slurm.set {
            $0.end("12")
            $0.end("13")
        }
        #expect(try await actuator.progress(of: order(.drain)) == .reached)
        #expect(await slurm.written.count == 1)
    }

    @Test("a requeue tells each job to save, gives it time, and puts each back once")
    func requeue() async throws {
        let actuator = try actuator()
        await slurm.set {
            $0.run("12", on: ["n1", "n2"])
            $0.run("13", on: ["n1"])
        }
        let jobs = ["12", "13"]
        #expect(try await take(order(.cordon, confirmed: jobs), actuator) == .reached)
        #expect(try await take(order(.checkpoint, confirmed: jobs), actuator) == .running(remaining: Seconds(60)))
        await slurm.set { $0.now += 61 }
        #expect(try await actuator.progress(of: order(.checkpoint, confirmed: jobs)) == .reached)
        #expect(try await take(order(.release, confirmed: jobs), actuator) == .reached)
        #expect(
            await slurm.written.dropFirst() == [
                "scancel -b -s USR1 12", "scancel -b -s USR1 13", "scontrol requeue 12", "scontrol requeue 13",
            ])
    }

    @Test(
        "a job that nobody has confirmed to lose stops the move before any signal, and the node goes back",
        arguments: [["12"], ["12_7"], ["12+0"], []])
    func unnamed(confirmed: [String]) async throws {
        let actuator = try actuator()
        await slurm.set { slurm in
            for job in confirmed { slurm.run(job, on: ["n1"]) }
            // It began between the plan and the drain, as another task of the same array may.
            slurm.run("12_8", on: ["n1"])
        }
        #expect(try await take(order(.cordon, confirmed: confirmed), actuator) == .reached)
        for step in [MoveStep.checkpoint, .release] {
            #expect(
                try await take(order(step, confirmed: confirmed), actuator)
                    == .failed("job 12_8 of eve on n1 was not in the plan: plan again"))
        }
        #expect(await slurm.written.count == 1, "the drain alone")
        #expect(try await take(order(.restore, confirmed: confirmed), actuator) == .reached)
        #expect(await slurm.jobs.count == confirmed.count + 1)
        #expect(await slurm.nodes["n1"]?.state == SlurmNodeState(.allocated))
    }

    @Test("a part of a job of several is put back by the number of the whole: Slurm knows no other way")
    func parts() async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("7+1", on: ["n1"]) }
        for step in [MoveStep.cordon, .checkpoint] {
            _ = try await take(order(step, confirmed: ["7+0", "7+1"]), actuator)
        }
        #expect(try await take(order(.release, confirmed: ["7+0", "7+1"]), actuator) == .reached)
        #expect(await slurm.written.suffix(2) == ["scancel -b -s USR1 7+1", "scontrol requeue 7"])
    }

    @Test("the commands of a requeue name the jobs of the plan, each once though it is on several nodes")
    func named() async throws {
        let actuator = try actuator()
        _ = try await actuator.progress(of: order(.cordon))
        let path = MoveStep.path(from: .training, to: Self.serve, by: .requeue)
        let lines = actuator.commands(
            for: ["n1", "n2"].flatMap { node in path.map { order($0, node, confirmed: ["12", "13"]) } })
        let named = lines.filter { $0.hasPrefix("scancel") || $0.hasPrefix("scontrol requeue") }
        #expect(
            named == [
                "scancel -b -s USR1 12  # then 60 s", "scancel -b -s USR1 13  # then 60 s",
                "scontrol requeue 12  # LOSS", "scontrol requeue 13  # LOSS",
            ])
    }

    @Test("a job that may not be put back stops the move before LOSS, by name and owner")
    func unrequeueable() async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("12", on: ["n1"], name: "no-requeue") }
        #expect(try await take(order(.cordon), actuator) == .reached)
        #expect(
            try await take(order(.checkpoint, confirmed: ["12"]), actuator)
                == .failed("job 12 of eve on n1 cannot be put back into the queue (--no-requeue, or not of sbatch)"))
        #expect(try await take(order(.restore), actuator) == .reached)
        #expect(await slurm.nodes["n1"]?.state == SlurmNodeState(.allocated))
    }

    @Test("a task of an array is put back alone, not the array")
    func array() async throws {
        let actuator = try actuator()
        await slurm.set { $0.run("12_7", on: ["n1"]) }
        for step in [MoveStep.cordon, .checkpoint] {
            _ = try await take(order(step, confirmed: ["12_7"]), actuator)
        }
        #expect(try await take(order(.release, confirmed: ["12_7"]), actuator) == .reached)
        #expect(await slurm.written.last == "scontrol requeue 12_7")
    }
}
