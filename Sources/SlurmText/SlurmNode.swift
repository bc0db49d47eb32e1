// SPDX-License-Identifier: Apache-2.0

/// One node, as Slurm has it.
package struct SlurmNode: Sendable, Hashable {
    package var name: String
    /// Where it answers, and what its machine calls itself.
    package var address: String?
    package var hostname: String?
    package var state: SlurmNodeState
    /// Why it is drained or down, in the words of whoever did it.
    package var reason: String?
    /// The user who said so, and when. Unit: s since 1970.
    package var reasonOwner: String?
    package var reasonAt: Double?
    /// In all versions complete; a node of no partition has none.
    package var partitions: [String] = []
    /// nil: what Slurm says of its GPUs cannot be read.
    package var gpus: Int?
    package var gpusAllocated: Int?
    /// Which are allocated, by their number; nil: not said.
    package var gpuIndexes: Set<Int>?
    package var gpuType: String?
    package var cpus: Int?
    package var cpusAllocated: Int?
    /// Processes that want a processor, as the kernel counts them.
    package var cpuLoad: Double?
    /// Unit: MB, as Slurm has it.
    package var memory: Int?
    package var memoryAllocated: Int?
    package var memoryFree: Int?
    package var features: [String] = []
    package var reservation: String?
    package var comment: String?
    package var version: String?

    package init(name: String, state: SlurmNodeState) {
        self.name = name
        self.state = state
    }

    /// The answer to `scontrol -a -d -o show node`.
    package static func nodes(in text: String) -> [SlurmNode] {
        SlurmRecord.records(in: text, beginningWith: "NodeName").compactMap { SlurmNode($0) }
    }

    package init?(_ record: SlurmRecord) {
        guard let name = record["NodeName"], let state = record["State"] else { return nil }
        self.init(name: name, state: SlurmNodeState(parsing: state))
        address = record["NodeAddr"]
        hostname = record["NodeHostName"]
        partitions = Self.list(record["Partitions"])
        features = Self.list(record["AvailableFeatures"])
        gpus = SlurmGres.gpus(in: record["Gres"] ?? "")
        gpusAllocated = record["GresUsed"].map { SlurmGres.gpus(in: $0) } ?? (gpus == 0 ? 0 : nil)
        gpuIndexes = record["GresUsed"].flatMap { SlurmGres.indexes(in: $0) }
        gpuType = SlurmGres.gpuType(in: record["Gres"] ?? "")
        cpus = record.whole("CPUTot")
        cpusAllocated = record.whole("CPUAlloc")
        cpuLoad = record["CPULoad"].flatMap(Double.init)
        memory = record.whole("RealMemory")
        memoryAllocated = record.whole("AllocMem")
        memoryFree = record.whole("FreeMem")
        reservation = record["ReservationName"]
        comment = record["Comment"]
        version = record["Version"]
        if let reason = record["Reason"] { take(reason: reason) }
    }

    /// `bad gpu [root@2026-11-28T13:15:21]`; what follows are further lines of it.
    private mutating func take(reason text: String) {
        reason = text
        // Slurm's own tail ends the first line; further lines come behind eight blanks, and may look like one.
        var place: Range<String.Index>?
        var from = text.startIndex
        while place == nil, let open = text[from...].firstIndex(of: "["), let close = text[open...].firstIndex(of: "]")
        {
            from = text.index(after: open)
            let end = text.index(after: close)
            let inside = text[from..<close]
            guard text[end...].isEmpty || text[end...].hasPrefix("  "), !inside.contains(" "),
                let sign = inside.lastIndex(of: "@"), let at = SlurmTime.moment(inside[inside.index(after: sign)...])
            else { continue }
            (reasonOwner, reasonAt) = (String(inside[..<sign]), at)
            place = open..<end
        }
        guard let place else { return }
        let words = text[..<place.lowerBound].split(separator: " ") + text[place.upperBound...].split(separator: " ")
        reason = words.joined(separator: " ")
    }

    static func list(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map(String.init)
    }
}
