// SPDX-License-Identifier: Apache-2.0

/// The rows of a queue, one after the other.
///
/// Most of a row is what the row before said as well: only the cells that differ are read, so that ten thousand jobs of one
/// user cost little more than their names and numbers.
struct SlurmRowReader {
    enum Row {
        case job(SlurmJob)
        /// It is none, or breaks off.
        case unread
    }

    private let output: [UInt8]
    private let end: [UInt8]
    private let fields: Int
    private var place = 0
    /// Where the cells of the row stand, and of the row before; none: it was none.
    private var cells: [Range<Int>] = []
    private var before: [Range<Int>] = []
    /// As the last row has left it.
    private var job = SlurmJob(id: "", name: "", state: .other)
    private var sizes: [Size: Int?] = [:]

    /// - Parameters:
    ///   - end: what each row ends in.
    ///   - fields: cells of a row; the last may have anything in it.
    init(_ output: [UInt8], end: [UInt8], fields: Int) {
        self.output = output
        self.end = end
        self.fields = fields
    }

    /// nil: there are no more.
    mutating func next() -> Row? {
        guard place < output.count else { return nil }
        let start = place
        swap(&cells, &before)
        cells.removeAll(keepingCapacity: true)
        guard let stop = rowEnd(from: start) else {
            place = output.count
            return .unread
        }
        place = stop + end.count
        var from = start
        for index in start..<stop where output[index] == SlurmQueue.separator && cells.count < fields - 1 {
            cells.append(from..<index)
            from = index + 1
        }
        cells.append(from..<stop)
        guard cells.count == fields, readJob() else {
            cells.removeAll(keepingCapacity: true)
            return .unread
        }
        return .job(job)
    }

    private func rowEnd(from start: Int) -> Int? {
        var line = start
        while line < output.count {
            guard output[line] == 0x0a else {
                line += 1
                continue
            }
            let stop = line - end.count + 1
            if stop >= start, output[stop...line].elementsEqual(end) { return stop }
            line += 1
        }
        return nil
    }

    // MARK: Cells

    private func differs(_ index: Int) -> Bool {
        guard before.count == fields else { return true }
        let (old, new) = (before[index], cells[index])
        guard old.count == new.count else { return true }
        for offset in 0..<new.count where output[old.lowerBound + offset] != output[new.lowerBound + offset] {
            return true
        }
        return false
    }

    private func text(_ index: Int) -> String { String(decoding: output[cells[index]], as: UTF8.self) }

    private func word(_ index: Int) -> String? {
        let text = text(index)
        return text.isEmpty || text == "(null)" || text == "N/A" || text == "None" ? nil : text
    }

    /// Takes over what differs; false: the row is none.
    private mutating func readJob() -> Bool {
        guard let id = word(0) else { return false }
        job.id = id
        job.arrayID = word(1) ?? id
        if differs(2) {
            (job.tasks, job.isCut, job.throttle) = (1, false, nil)
            if let tasks = word(2) {
                guard let array = SlurmArray(parsing: tasks) else { return false }
                (job.tasks, job.isCut, job.throttle) = (array.count, array.isCut, array.throttle)
            }
        }
        if differs(3) { job.partitions = SlurmNode.list(word(3)) }
        if differs(4) { job.state = SlurmJob.State(rawValue: text(4)) ?? .other }
        if differs(5) { job.reason = word(5) }
        readSize()
        readTimes()
        if differs(19) { job.user = word(19) }
        if differs(20) { job.account = word(20) }
        if differs(21) { job.qos = word(21) }
        if differs(22) { job.priority = Int(text(22)) }
        if differs(23) { job.requiredNodes = word(23) }
        if differs(24) { job.features = word(24) }
        if differs(25) { job.reservation = word(25) }
        if differs(26) { job.dependency = word(26) }
        if differs(27) {
            // ignored because a list that cannot be read is one of a job that runs on nodes nobody can name.
            job.nodes = (try? Hostlist(parsing: word(27) ?? "")) ?? Hostlist()
        }
        if differs(28) { job.isExclusive = word(28) == "NO" }
        if differs(29) { job.isFixed = word(29) == "0" }
        job.name = text(30)
        return true
    }

    private mutating func readSize() {
        guard (6...13).contains(where: differs) else { return }
        job.nodeCount = Int(text(6))
        job.cpus = Int(text(7))
        job.gpus = gpus(nodes: job.nodeCount)
    }

    /// What asks for GPUs is written in few ways, however many jobs there are.
    private mutating func gpus(nodes: Int?) -> Int? {
        let key = output[cells[8].lowerBound..<cells[13].upperBound]
        let size = Size(words: key, nodes: nodes)
        if let known = sizes[size] { return known }
        let gpus = SlurmQueue.gpus(
            perNode: text(9), perJob: text(10), perTask: text(11), perSocket: text(12), allocated: text(13),
            nodes: nodes, tasks: Int(text(8)))
        if sizes.count < 1000 { sizes[size] = gpus }
        return gpus
    }

    /// Tasks and all the ways to ask, as they stand side by side, and the nodes before them.
    private struct Size: Hashable {
        var words: ArraySlice<UInt8>
        var nodes: Int?

        func hash(into hasher: inout Hasher) {
            words.withUnsafeBytes { hasher.combine(bytes: $0) }
            hasher.combine(nodes)
        }
    }

    private mutating func readTimes() {
        if differs(14) { job.start = SlurmTime.moment(output[cells[14]]) }
        if differs(15) { job.end = SlurmTime.moment(output[cells[15]]) }
        if differs(16) { job.submitted = SlurmTime.moment(output[cells[16]]) }
        if differs(17) { job.limit = SlurmTime.span(output[cells[17]]) }
        if differs(18) { job.used = SlurmTime.span(output[cells[18]]) }
    }
}
