// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The GPUs of a node, one row each.
struct GPURows {
    let gpus: Range<Int>
    let table: GPUTable
    let width: Int
    let role: Role
    /// What a scheduler says of them.
    private let allocation: HostAllocation?

    init(_ node: Int, _ snapshot: FactorySnapshot, width: Int, role: Role) {
        allocation = snapshot.provenance.hosts(of: node).lazy.compactMap(\.allocation).first
        gpus = snapshot.nodes.gpus.range(of: node)
        table = snapshot.nodes.gpus
        self.width = width
        self.role = role
    }

    func lines() -> [TextLine] {
        guard !gpus.isEmpty else {
            return [TextLine(), TextLine("GPUS  ", .title) + TextLine("-  no source speaks of its GPUs", .dim)]
        }
        guard !isMute else {
            return [TextLine()] + TextLine.wrapped(counted, head: "GPUS  ", width: width, headRole: .title, role: role)
        }
        return [TextLine(), head] + gpus.map(line)
    }

    /// Whether no source has measured anything of any of them: rows of dashes would say less than their number.
    private var isMute: Bool {
        gpus.allSatisfy { gpu in
            [table.utilisation, table.tensorActive, table.memory, table.power, table.temperature].allSatisfy {
                $0[gpu] == nil
            } && table.lastXID[gpu] == nil && table.models[gpu] == nil
        }
    }

    private var counted: String {
        guard let used = allocation?.gpusAllocated else { return "\(gpus.count); no source tells how they work" }
        let held = used < gpus.count ? allocation?.heldGPUs?.sorted().map(String.init) ?? [] : []
        let which = held.isEmpty ? "" : " (\(held.joined(separator: ", ")))"
        return "\(gpus.count), \(used) allocated\(which); no source tells how they work"
    }

    /// Columns of the bar, the tensor pipes, memory, power, temperature, XID and model.
    private var stops: [Int] {
        let bar = width >= 70 ? 10 : 0
        return [4, bar + 13, bar + 22, bar + 30, bar + 38, bar + 44, bar + 53]
    }

    private var head: TextLine {
        var line = TextLine("GPU", .title)
        let names = ["UTIL", "TENSOR", "MEMORY", "POWER", "TEMP", "XID"] + (hasModels ? ["MODEL"] : [])
        for (column, name) in zip(stops, names) {
            line.tab(to: column)
            line.add(name, .dim)
        }
        return line
    }

    /// Where no source names a model there is no column for it.
    private var hasModels: Bool { gpus.contains { table.models[$0] != nil } }

    private func line(_ gpu: Int) -> TextLine {
        var line = TextLine(String(gpu - gpus.lowerBound))
        let util = width >= 70 ? Bars.text(table.utilisation[gpu], cells: 10) : percent(table.utilisation[gpu])
        let xid = table.lastXID[gpu]
        let cells: [(String, Role)] = [
            (util, role), (percent(table.tensorActive[gpu]), role), (percent(table.memory[gpu]), role),
            (table.power[gpu].map { "\(Words.fixed($0, 0)) W" } ?? "-", role),
            (table.temperature[gpu].map { "\(Words.fixed($0, 0)) C" } ?? "-", role),
            (xid.map { "XID \($0)!" } ?? "-", xid == nil ? .dim : .alarm),
            (table.models[gpu] ?? (hasModels ? "-" : ""), .dim),
        ]
        for (column, cell) in zip(stops, cells) {
            line.tab(to: column)
            line.add(cell.0, cell.1)
        }
        return line
    }

    private func percent(_ share: Double?) -> String { share.map { Words.percent($0) } ?? "-" }
}
