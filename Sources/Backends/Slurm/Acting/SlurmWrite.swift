// SPDX-License-Identifier: Apache-2.0

package import SlurmText

/// One change of Slurm.
package enum SlurmWrite: Sendable, Hashable {
    case drain(node: String, SlurmMark)
    case resume(node: String)
    /// The whole list that a partition has from then on; never empty.
    case add(node: String, partition: String, list: Hostlist)
    case remove(node: String, partition: String, list: Hostlist)
    /// To the batch script, which passes it on or saves its work.
    case signal(job: String, name: String)
    /// The whole job, on all its nodes.
    case requeue(job: String)

    /// Of a job, not of a node or a list.
    var isOfJob: Bool {
        switch self {
        case .signal, .requeue: true
        case .drain, .resume, .add, .remove: false
        }
    }

    var program: SlurmCommand.Program { if case .signal = self { .scancel } else { .scontrol } }

    /// - Parameter isIncremental: the server takes `Nodes+=` and `Nodes-=` (23.11 and later), which cannot undo what
    ///   somebody else wrote a moment ago.
    package func arguments(isIncremental: Bool = false) -> [String] {
        switch self {
        case .drain(let node, let mark): ["update", "NodeName=\(node)", "State=DRAIN", "Reason=\(mark)"]
        case .resume(let node): ["update", "NodeName=\(node)", "State=RESUME"]
        case .add(let node, let partition, let list):
            ["update", "PartitionName=\(partition)", isIncremental ? "Nodes+=\(node)" : "Nodes=\(list)"]
        case .remove(let node, let partition, let list):
            ["update", "PartitionName=\(partition)", isIncremental ? "Nodes-=\(node)" : "Nodes=\(list)"]
        case .signal(let job, let name): ["-b", "-s", name, job]
        case .requeue(let job): ["requeue", Self.number(of: job)]
        }
    }

    /// What a requeue takes: of a job of several parts only the number of the whole, for they stop together.
    static func number(of job: String) -> String { String(job.prefix { $0 != "+" }) }

    /// As one types it.
    package func line(isIncremental: Bool = false) -> String {
        SlurmCommand.line(program, arguments(isIncremental: isIncremental))
    }
}
