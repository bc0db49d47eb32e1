// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The columns of the jobs: who, what, where it stands and why stay longest.
///
/// Their widths follow from all rows, not from those on the screen, so that they stay where they are while the list scrolls.
struct JobColumns {
    let columns: [TableColumn]

    init(_ rows: [TableRow], width: Int) {
        let longest = Self.all.indices.map { column in rows.lazy.map { $0.cells[column].text.width }.max() ?? 0 }
        // What no source says of any job (a dash, or nothing at all) goes first, and gives its room to the reasons.
        let mute = Self.all.indices.filter { column in rows.allSatisfy { ["", "-"].contains($0.cells[column].text) } }
        let freed = mute.reduce(0) { $0 + Self.all[$1].minimum + 1 }
        columns = Self.all.indices.map { index in
            var column = Self.all[index]
            if mute.contains(index) { column.priority = 0 }
            switch column.title.string {
            case "NAME":
                column.minimum = max(7, min(longest[index], width / 8))
                column.ideal = max(10, min(longest[index], 24))
            case "OWNER":
                column.minimum = max(6, min(longest[index], 8))
                column.ideal = max(8, min(longest[index], 12))
            case "JOB":
                column.minimum = max(6, min(longest[index], max(10, width / 10)))
                column.ideal = max(7, min(longest[index], 16))
            case "STATE": column.minimum = max(7, min(longest[index], 10))
            case "NODES": column.minimum = max(5, min(longest[index], 8))
            case "WHY":
                // Wide enough to be read, and not so wide that what is known of the others has to go.
                column.minimum = max(12, min(longest[index], 20 + freed, max(20, width / 3)))
                column.ideal = max(26, column.minimum)
            default: break
            }
            return column
        }
    }

    private static let all = [
        TableColumn("JOB", minimum: 6, ideal: 7, priority: 12),
        TableColumn("NAME", minimum: 7, ideal: 10, priority: 11),
        TableColumn("KIND", minimum: 8, ideal: 11, priority: 5),
        TableColumn("OWNER", minimum: 6, ideal: 8, priority: 9),
        TableColumn("STATE", minimum: 10, ideal: 13, priority: 10),
        TableColumn("NODES", minimum: 8, ideal: 8, priority: 8),
        TableColumn("DONE", minimum: 5, priority: 4, align: .right),
        TableColumn("MFU", minimum: 4, priority: 3, align: .right),
        TableColumn("ETTR", minimum: 5, priority: 1, align: .right),
        TableColumn("TOK/S", minimum: 6, priority: 2, align: .right),
        TableColumn("CKPT", minimum: 5, priority: 4, align: .right),
        TableColumn("RISK", minimum: 5, ideal: 5, priority: 7, align: .right),
        TableColumn("LEFT", minimum: 6, priority: 6, align: .right),
        TableColumn("WHY", minimum: 20, ideal: 26, priority: 8, grows: true),
    ]
}

/// One job as a row.
struct JobRow {
    let job: JobState
    let now: PlantTime

    init(_ job: JobState, at now: PlantTime) {
        self.job = job
        self.now = now
    }

    var row: TableRow {
        let size = job.phase == .pending ? "" : "\(job.nodes)/"
        let whole = job.isElastic ? "\(size)\(job.minNodes)..\(job.maxNodes)" : "\(size)\(job.minNodes)"
        let gang = job.isSized ? whole : "-"
        let short = max(0, job.minNodes - job.nodes)
        let waits = job.phase == .incomplete && short > 0 ? "\(Words.count(short, "node")) short" : job.reason
        let why = job.drag.isEmpty ? waits : job.drag
        let isAbnormal = !job.drag.isEmpty || job.phase == .incomplete
        return TableRow([
            TableCell(SafeText(job.id.name), .dim), TableCell(SafeText(job.name)),
            TableCell(SafeText(job.kind?.rawValue ?? "-")), TableCell(SafeText(job.owner.isEmpty ? "-" : job.owner)),
            TableCell(
                SafeText(job.phase.rawValue.uppercased()),
                job.phase == .pending ? .dim : job.phase == .incomplete ? .warning : .text),
            TableCell(SafeText(gang)), cell(job.progress) { Words.percent($0.value) },
            cell(job.mfu) { Words.percent($0.value) }, cell(job.ettr) { Words.percent($0.value) },
            cell(job.trained) { Words.compact($0.value) },
            TableCell(SafeText(job.checkpointAt.map { Words.age(max(.zero, now - $0)) } ?? "-")),
            TableCell(SafeText(job.atRisk(at: now).map { Words.short($0.value) } ?? "-")),
            cell(job.remaining) { $0.value > 400 * 86_400 ? "-" : Words.age($0) },
            TableCell(SafeText(isAbnormal ? why + "!" : why), isAbnormal ? .warning : .dim),
        ])
    }

    private func cell<M: Measure>(_ reading: Reading<M>, _ format: (M) -> String) -> TableCell {
        let run = reading.run(format)
        return TableCell(run.text, run.role)
    }
}
