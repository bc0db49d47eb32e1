// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Clocks, links and errors of a node's GPUs, one row each; nothing where no source speaks of them.
struct GPULinkRows {
    private let gpus: Range<Int>
    private let table: GPUTable
    private let width: Int
    private let role: Role

    init(_ node: Int, _ snapshot: FactorySnapshot, width: Int, role: Role) {
        gpus = snapshot.nodes.gpus.range(of: node)
        table = snapshot.nodes.gpus
        self.width = width
        self.role = role
    }

    /// A column of the rows: for those that some GPU has.
    private struct Cells {
        let title: String
        let width: Int
        var isLast = false
        let text: (Int) -> (String, Role)?
    }

    private var columns: [Cells] {
        func rate(_ title: String, _ column: Column) -> Cells {
            Cells(title: title, width: 11) { gpu in column[gpu].map { (HostLines.bytes($0), role) } }
        }
        func share(_ title: String, _ column: Column, warnsAt limit: Double) -> Cells {
            Cells(title: title, width: 8) { gpu in
                column[gpu].map {
                    ($0 >= limit ? Words.percent($0) + "!" : Words.percent($0), $0 >= limit ? .warning : role)
                }
            }
        }
        return [
            Cells(title: "CLOCK", width: 10) { gpu in table.clock[gpu].map { ("\(Words.fixed($0, 0)) MHz", role) } },
            rate("PCIE", table.pcie), rate("NVLINK", table.nvlink),
            // A machine at its power limit does what it was bought for; one that is too hot does not.
            share("CAPPED", table.heldForPower, warnsAt: 2), share("TOO HOT", table.heldForHeat, warnsAt: 0.01),
            Cells(title: "ERRORS", width: 0, isLast: true) { gpu in
                table.faults[gpu].map { ($0.words, $0.remapFailed || $0.uncorrectable > 0 ? .alarm : role) }
            },
        ].filter { column in gpus.contains { column.text($0) != nil } }
    }

    var lines: [TextLine] {
        let columns = columns
        guard !columns.isEmpty else { return [] }
        var head = TextLine("GPU ", .title)
        // The last column runs to the edge.
        for column in columns {
            column.isLast ? head.add(column.title, .dim) : head.addLeft(column.title, .dim, width: column.width)
        }
        let rows = gpus.map { gpu in
            var line = TextLine(SafeText(String(gpu - gpus.lowerBound)).padded(to: 4).string)
            for column in columns {
                let cell = column.text(gpu) ?? ("-", .dim)
                column.isLast ? line.add(cell.0, cell.1) : line.addLeft(cell.0, cell.1, width: column.width)
            }
            return line
        }
        return [TextLine(), head] + rows
    }
}
