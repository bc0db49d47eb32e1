// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Backends

/// Slurm's programs as scripts of ours: what counts is how they are run.
@Suite struct SlurmCommandTests {
    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("slurm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("ClusterName=x\n".utf8).write(to: folder.appendingPathComponent("slurm.conf"))
    }

    /// The shell under Slurm's names: a program that was just written may not run while another thread has it open.
    private func command() throws -> SlurmCommand {
        for name in ["scontrol", "squeue"] {
            let file = folder.appendingPathComponent(name).path
            // ignored because the other one may be there already.
            try? FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "/bin/sh")
        }
        return try SlurmCommand(configuration: "\(folder.path)/slurm.conf", folder: folder.path, variables: [:])
    }

    @Test("output, complaints and exit status are apart")
    func apart() async throws {
        let reply = try await command().run(.scontrol, ["-c", "echo out; echo err >&2; exit 3"])
        #expect(reply.ending == .exited(3) && !reply.isGood)
        #expect(reply.text == "out\n" && reply.complaints == "err\n")
    }

    @Test("nothing of our environment reaches it")
    func environment() async throws {
        setenv("SQUEUE_FORMAT", "%i", 1)
        setenv("SLURM_JWT", "x", 1)
        let reply = try await command().run(.squeue, ["-c", "/usr/bin/env; echo \"$@\"", "sh", "-h", "a b"])
        let names = reply.text.split(separator: "\n").dropLast().map { String($0.prefix { $0 != "=" }) }
        let own = Set(names).subtracting(["PWD", "_", "SHLVL", "OLDPWD"])
        #expect(own == ["SLURM_CONF", "PATH", "LC_ALL", "TZ", "SLURM_BITSTR_LEN"])
        #expect(reply.text.hasSuffix("-h a b\n"))
    }

    @Test(
        "a controller that goes in the middle of a question is away, and has refused nothing",
        arguments: [
            "slurm_load_node error: Connection reset by peer", "scontrol: error: Broken pipe",
            "Unexpected message received for job 1", "slurm_load_jobs error: Message receive failure",
            "slurm_update error: Slurm backup controller in standby mode",
        ])
    func brokenOff(_ words: String) async throws {
        let reply = try await command().run(.scontrol, ["-c", "echo \"$1\" >&2; exit 1", "sh", words])
        #expect(SlurmFailure(reply, program: .scontrol).kind == .down)
    }

    @Test("a program that hangs is ended with all that it started, and so is one that floods")
    func limits() async throws {
        var command = try command()
        command.deadline = .milliseconds(500)
        let late = await command.run(.scontrol, ["-c", "/bin/sleep 77 & echo $!; wait"])
        #expect(late.ending == .timedOut)
        let sleeper = try #require(Int32(late.text.split(separator: "\n").first ?? ""))
        // A process that is over has no words any more, whoever reaps it.
        while let words = FileManager.default.contents(atPath: "/proc/\(sleeper)/cmdline"), !words.isEmpty {
            await Task.yield()
        }
        (command.deadline, command.outputLimit) = (.seconds(60), 1000)
        #expect(await command.run(.scontrol, ["-c", "exec /usr/bin/yes"]).ending == .saidTooMuch)
    }

    @Test("who is cancelled ends its child")
    func cancelled() async throws {
        var hanging = try command()
        hanging.deadline = .seconds(300)
        let command = hanging
        let task = Task { await command.run(.scontrol, ["-c", "exec /bin/sleep 77"]) }
        task.cancel()
        #expect(await task.value.ending == .timedOut)
    }

    @Test("what is missing is said at once, with what to do")
    func missing() async throws {
        #expect(throws: SlurmFailure.self) {
            try SlurmCommand(configuration: "/nowhere/slurm.conf", folder: nil, variables: [:])
        }
        #expect(throws: SlurmFailure.self) {
            try SlurmCommand(configuration: "\(folder.path)/slurm.conf", folder: "/nowhere", variables: [:])
        }
        #expect(throws: SlurmFailure.self) {
            try SlurmCommand(configuration: nil, folder: nil, variables: ["SLURM_CONF": "relative.conf"])
        }
        let command = try command()
        try FileManager.default.removeItem(at: folder.appendingPathComponent("slurm.conf"))
        let reply = await command.run(.scontrol, [])
        #expect(SlurmFailure(reply, program: .scontrol).kind == .noConfiguration)
        try FileManager.default.removeItem(at: folder)
    }

    @Test(
        "Slurm's words become sentences",
        arguments: [
            (
                "slurm_load_partitions error: Unable to contact slurm controller (connect failure)",
                SlurmFailure.Kind.down
            ),
            ("slurm_load_jobs error: Zero Bytes were transmitted or received", .credential),
            ("scontrol: error: Munge encode failed: Failed to access \"/x/munge.sock\"", .munge),
            ("slurm_load_node error: Socket timed out on send/recv operation", .hangs),
            ("slurm_update error: Invalid user id", .denied),
            ("slurm_update error: Invalid node name specified", .refused),
            (
                "scontrol: error: Parsing error at unrecognized key: Foo\nscontrol: fatal: Unable to process configuration file",
                .noConfiguration
            ),
        ])
    func sentences(words: String, kind: SlurmFailure.Kind) {
        let reply = SlurmCommand.Reply(
            ending: .exited(1), output: [], complaints: words, deadline: 2.4, elapsed: 0, processor: 0)
        let failure = SlurmFailure(reply, program: .scontrol)
        #expect(failure.kind == kind)
        #expect(!failure.text.contains("\n") && failure.text.count < 170)
    }

    @Test("a command is shown as a person would type it")
    func shown() {
        let line = SlurmCommand.line(
            .scontrol, ["update", "PartitionName=train", "Nodes=node[001-002]", "Reason=it's bad"])
        #expect(line == "scontrol update PartitionName=train 'Nodes=node[001-002]' 'Reason=it'\\''s bad'")
    }
}
