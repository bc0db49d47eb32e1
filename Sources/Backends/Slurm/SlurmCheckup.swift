// SPDX-License-Identifier: Apache-2.0

package import Factory
import Glibc
import SlurmText

/// One look at a cluster and at what this account may do there, in sentences.
package struct SlurmCheckup: Sendable {
    package enum Verdict: Sendable { case fine, hint, wrong }

    /// In the order in which a start needs it.
    package private(set) var findings: [(verdict: Verdict, text: String)] = []
    /// What it says of hosts, for whoever looks at how it fits together.
    package private(set) var hosts: [HostFacts] = []

    /// - Parameter now: the wall clock, as seconds since 1970.
    package init(_ settings: SlurmSettings, at now: Double) async {
        do throws(SlurmFailure) {
            var command = try SlurmCommand(
                configuration: settings.configuration, folder: settings.folder, variables: settings.variables)
            command.deadline = settings.deadline
            let version = await command.run(.scontrol, ["--version"]).text.split(separator: "\n").first ?? "unknown"
            add(.fine, "\(command.folder)/scontrol, \(version), with \(command.configuration)")
            let reader: any SlurmReader =
                settings.rest.map { SlurmRestReader($0, deadline: settings.deadline) }
                ?? SlurmCommandReader(command: command)
            let cluster = try await reader.cluster()
            await look(at: command)
            judge(cluster, settings, at: now)
            if let remark = cluster.remark { add(.hint, "slurmrestd \(remark)") }
            try await lookAtQueue(command)
        } catch {
            add(.wrong, "the cluster \(error.text)")
        }
    }

    private mutating func add(_ verdict: Verdict, _ text: String) { findings.append((verdict, text)) }

    /// Whose cluster it is, and whether this account may change it.
    private mutating func look(at command: SlurmCommand) async {
        let reply = await command.run(.scontrol, ["show", "config"])
        guard reply.isGood else {
            return add(.hint, "scontrol show config: \(SlurmFailure(reply, program: .scontrol).text)")
        }
        var values: [Substring: Substring] = [:]
        for line in reply.text.split(separator: "\n") {
            let halves = line.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { continue }
            values[halves[0].prefix { $0 != " " }] = halves[1].drop { $0 == " " }
        }
        let controller = values.first { $0.key.hasPrefix("SlurmctldHost") }?.value ?? "its controller"
        let version = values["SLURM_VERSION"] ?? "of unknown version"
        add(.fine, "\(controller) answers for cluster \(values["ClusterName"] ?? "?"), Slurm \(version)")
        let user = values["SlurmUser"]?.split(separator: "(").last.flatMap { Int($0.dropLast()) }
        let mine = Int(geteuid())
        if mine == 0 || mine == user {
            add(.fine, "this account may change nodes and partitions (\(mine == 0 ? "root" : "SlurmUser"))")
        } else {
            add(
                .hint,
                "this account may only read, unless the accounting says Administrator: root or SlurmUser may change nodes"
            )
        }
    }

    private mutating func judge(_ cluster: SlurmCluster, _ settings: SlurmSettings, at now: Double) {
        let control = settings.control ?? SlurmControl(guessing: cluster.partitions.map(\.name))
        let picture = SlurmPicture(cluster, nil, control: control, at: PlantTime(epoch: now))
        hosts = picture.hosts
        let drained = cluster.nodes.count { $0.state.flags.contains(.drain) }
        let down = cluster.nodes.count { $0.state.isDown }
        let gpus = picture.gpusInAll.map { Words.count($0, "GPU") } ?? "GPUs that cannot be counted"
        add(.fine, "\(Words.count(cluster.nodes.count, "node")) with \(gpus), \(drained) drained, \(down) down")
        for partition in cluster.partitions {
            let role: String =
                switch picture.control.role(of: partition.name) {
                case .training: "for training"
                case .inference: "for inference"
                case nil: "not used: shown, never touched"
                }
            let state = partition.state.map { $0 == .up ? "" : ", \($0.rawValue)" } ?? ""
            let nodes = partition.nodes.names.isEmpty ? "no nodes" : partition.nodes.description.prefix(120)
            add(.fine, "partition \(partition.name)\(state) has \(nodes): \(role)")
        }
        let named = Set(picture.control.training + picture.control.inference)
        for missing in named.subtracting(cluster.partitions.map(\.name)).sorted() {
            add(.hint, "control: there is no partition '\(missing)' in this cluster")
        }
        if picture.control.isGuess {
            add(
                .hint, "nobody has said which partition is for what: '\(Self.proposal(picture.control))' under control:"
            )
        }
        let both = cluster.nodes.filter { node in
            let roles = node.partitions.compactMap { picture.control.role(of: $0) }
            return !roles.isEmpty && picture.control.role(of: node.partitions) == nil
        }
        if !both.isEmpty {
            add(.hint, "\(Hostlist.compressed(both.map(\.name))) in partitions for training and for inference at once")
        }
        if let at = cluster.health?.at, abs(at - now) > 5 {
            let words = Words.ago(Seconds(abs(at - now)))
            add(
                .hint,
                "the controller's clock is \(words) \(at > now ? "ahead of" : "behind") this host's: munge needs them alike"
            )
        }
        if cluster.slowest >= settings.slow.value {
            add(.hint, "an answer took \(Words.wait(Seconds(cluster.slowest)))")
        }
    }

    private static func proposal(_ control: SlurmControl) -> String {
        "- slurm: {training: [\(control.training.joined(separator: ", "))], inference: [\(control.inference.joined(separator: ", "))]}"
    }

    private mutating func lookAtQueue(_ command: SlurmCommand) async throws(SlurmFailure) {
        let mark = "m" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let answer = try await SlurmCommandReader(command: command).queue(mark: mark)
        let queue = SlurmQueue(parsing: answer.output, mark: mark)
        let tasks = queue.jobs.filter(\.isPending).reduce(0) { $0 + $1.tasks }
        let running = queue.jobs.count(where: \.isRunning)
        add(
            .fine,
            "\(Words.count(running, "job")) run, \(tasks) wait; squeue took \(Words.wait(Seconds(answer.elapsed)))")
    }
}
