// SPDX-License-Identifier: Apache-2.0

/// How the queue is asked for, and the answer.
///
/// Fields end in a control character that no partition or account has; the name, which may have any character and even
/// lines, comes last, and each row ends in a mark that is made anew for every question: no name can look like a row.
package struct SlurmQueue: Sendable {
    package var jobs: [SlurmJob] = []
    /// Rows that could not be read: the numbers are too low by them.
    package var unread = 0

    private static let separator: UInt8 = 0x1f
    private static let fields = [
        "JobArrayID", "ArrayJobID", "ArrayTaskID", "Partition", "State", "Reason", "NumNodes", "NumCPUs", "NumTasks",
        "tres-per-node", "tres-per-job", "tres-per-task", "tres-alloc", "StartTime", "EndTime", "SubmitTime",
        "TimeLimit",
        "TimeUsed", "UserName", "Account", "QOS", "PriorityLong", "ReqNodes", "Feature", "Reservation", "Dependency",
        "NodeList", "Name",
    ]

    /// The arguments of `squeue`.
    ///
    /// - Parameter mark: letters and digits that nobody could know before.
    package static func arguments(mark: String) -> [String] {
        let separator = String(UnicodeScalar(separator))
        let format = fields.map { $0 == "Name" ? "\($0):\(mark)" : "\($0):\(separator)" }.joined(separator: ",")
        return ["-h", "-a", "-O", format]
    }

    package init() {}

    /// - Parameter mark: the one of the question.
    package init(parsing output: [UInt8], mark: String) {
        let end = Array(mark.utf8) + [0x0a]
        var row = output[...]
        while !row.isEmpty {
            guard let place = Self.place(of: end, in: row) else {
                unread += 1
                return
            }
            if let job = Self.job(row[..<place]) { jobs.append(job) } else { unread += 1 }
            row = row[(place + end.count)...]
        }
    }

    private static func place(of end: [UInt8], in row: ArraySlice<UInt8>) -> Int? {
        var from = row.startIndex
        while let line = row[from...].firstIndex(of: 0x0a) {
            let start = line - end.count + 1
            if start >= row.startIndex, row[start...line].elementsEqual(end) { return start }
            from = line + 1
        }
        return nil
    }

    private static func job(_ row: ArraySlice<UInt8>) -> SlurmJob? {
        let cells = row.split(separator: separator, maxSplits: fields.count - 1, omittingEmptySubsequences: false)
        guard cells.count == fields.count else { return nil }
        func text(_ index: Int) -> String { String(decoding: cells[index], as: UTF8.self) }
        func word(_ index: Int) -> String? {
            let text = text(index)
            return text.isEmpty || text == "(null)" || text == "N/A" || text == "None" ? nil : text
        }
        guard let id = word(0) else { return nil }
        var job = SlurmJob(id: id, name: text(27), state: SlurmJob.State(rawValue: text(4)) ?? .other)
        job.arrayID = word(1) ?? id
        if let tasks = word(2) {
            guard let array = SlurmArray(parsing: tasks) else { return nil }
            (job.tasks, job.isCut, job.throttle) = (array.count, array.isCut, array.throttle)
        }
        job.partitions = SlurmNode.list(word(3))
        job.reason = word(5)
        job.nodeCount = Int(text(6))
        job.cpus = Int(text(7))
        job.gpus = gpus(
            perNode: text(9), perJob: text(10), perTask: text(11), allocated: text(12), nodes: job.nodeCount,
            tasks: Int(text(8)))
        job.start = SlurmTime.moment(text(13))
        job.end = SlurmTime.moment(text(14))
        job.submitted = SlurmTime.moment(text(15))
        job.limit = SlurmTime.span(text(16))
        job.used = SlurmTime.span(text(17))
        job.user = word(18)
        job.account = word(19)
        job.qos = word(20)
        job.priority = Int(text(21))
        job.requiredNodes = word(22)
        job.features = word(23)
        job.reservation = word(24)
        job.dependency = word(25)
        // ignored because a list that cannot be read is one of a job that runs on nodes nobody can name.
        job.nodes = (try? Hostlist(parsing: word(26) ?? "")) ?? Hostlist()
        return job
    }

    /// GPUs of a job over all its nodes, by whichever way it asked for them.
    package static func gpus(
        perNode: String, perJob: String, perTask: String, allocated: String, nodes: Int?, tasks: Int?
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
        return 0
    }
}
