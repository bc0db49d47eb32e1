// SPDX-License-Identifier: Apache-2.0

/// How the queue is asked for, and the answer.
///
/// Fields end in a control character that no partition or account has; the name, which may have any character and even
/// lines, comes last, and each row ends in a mark that is made anew for every question: no name can look like a row.
package struct SlurmQueue: Sendable {
    package var jobs: [SlurmJob] = []
    /// Rows that could not be read: the numbers are too low by them.
    package var unread = 0

    static let separator: UInt8 = 0x1f
    private static let fields = [
        "JobArrayID", "ArrayJobID", "ArrayTaskID", "Partition", "State", "Reason", "NumNodes", "NumCPUs", "NumTasks",
        "tres-per-node", "tres-per-job", "tres-per-task", "tres-per-socket", "tres-alloc", "StartTime", "EndTime",
        "SubmitTime",
        "TimeLimit",
        "TimeUsed", "UserName", "Account", "QOS", "PriorityLong", "ReqNodes", "Feature", "Reservation", "Dependency",
        "NodeList", "OverSubscribe", "Requeue", "Name",
    ]

    /// The arguments of `squeue`.
    ///
    /// - Parameter mark: letters and digits that nobody could know before.
    package static func arguments(mark: String) -> [String] {
        let separator = String(UnicodeScalar(separator))
        let format = fields.map { $0 == "Name" ? "\($0):\(suffix(mark))" : "\($0):\(separator)" }.joined(separator: ",")
        // Of a federation only this cluster's: its nodes are the ones that are shown.
        return ["-h", "-a", "--local", "-O", format]
    }

    /// `squeue` takes digits at the front for the width of the column.
    private static func suffix(_ mark: String) -> String {
        mark.first.map { $0.isASCII && $0.isNumber } == true ? "m" + mark : mark
    }

    package init() {}

    /// - Parameter mark: the one of the question.
    package init(parsing output: [UInt8], mark: String) {
        jobs.reserveCapacity(output.count / 200)
        unread = Self.read(output, mark: mark) { jobs.append($0) }
    }

    /// Hands over one job after the other: of ten thousand few are wanted later.
    ///
    /// - Returns: rows that could not be read.
    package static func read(_ output: [UInt8], mark: String, _ take: (SlurmJob) -> Void) -> Int {
        var reader = SlurmRowReader(output, end: Array(suffix(mark).utf8) + [0x0a], fields: fields.count)
        var unread = 0
        while let row = reader.next() {
            switch row {
            case .job(let job): take(job)
            case .unread: unread += 1
            }
        }
        return unread
    }

    /// GPUs of a job over all its nodes, by whichever way it asked for them.
    package static func gpus(
        perNode: String, perJob: String, perTask: String, perSocket: String, allocated: String, nodes: Int?, tasks: Int?
    ) -> Int? {
        // Where the accounting counts GPUs its word is the whole; where it does not, it has none of them.
        if allocated.contains("gres/gpu") { return SlurmGres.gpus(in: allocated) }
        if perJob.contains("gpu") { return SlurmGres.gpus(in: perJob) }
        if perNode.contains("gpu") {
            guard let nodes, let each = SlurmGres.gpus(in: perNode) else { return nil }
            return each * nodes
        }
        if perTask.contains("gpu") {
            guard let tasks, let each = SlurmGres.gpus(in: perTask) else { return nil }
            return each * tasks
        }
        // How many sockets that makes, nobody says.
        return perSocket.contains("gpu") ? nil : 0
    }
}
