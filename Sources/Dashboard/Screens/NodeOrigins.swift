// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Where the numbers of one node come from.
struct NodeOrigins {
    let index: Int
    let snapshot: FactorySnapshot
    private let hosts: [HostFacts]

    init(_ index: Int, _ snapshot: FactorySnapshot) {
        self.index = index
        self.snapshot = snapshot
        hosts = snapshot.provenance.hosts(of: index)
    }

    var rows: [OriginRow] {
        let table = snapshot.nodes
        func percent(_ value: Double?) -> TextRun { run(value) { Words.percent($0) } }
        return [
            row("cpu", percent(table.cpu[index]), .cpu, "share of all processor time that was not idle") {
                $0.cpu.map { Words.percent($0) }
            },
            row("memory", percent(table.memory[index]), .memory, "what is not available, of node_memory_MemTotal_bytes")
            {
                $0.memory.map { Words.percent($0) }
            },
            row("GPU utilisation", percent(table.gpuUtilisation[index]), .gpuUtilisation, "mean of its GPUs") {
                gpus($0, \.utilisation, Words.percent) { $0.reduce(0, +) / Double($0.count) }
            },
            row("tensor active", percent(table.tensorActive[index]), .tensorActive, "mean of its GPUs") {
                gpus($0, \.tensorActive, Words.percent) { $0.reduce(0, +) / Double($0.count) }
            },
            row("GPU memory", percent(table.gpuMemory[index]), .gpuMemory, "used of all, over its GPUs") {
                gpus($0, \.memory, Words.percent) { $0.reduce(0, +) / Double($0.count) }
            },
            row("power", run(table.power[index], kilowatts), .power, "sum of its GPUs") {
                gpus($0, \.power, kilowatts) { $0.reduce(0, +) }
            },
            row(
                "power limit", run(table.powerLimit[index], kilowatts), .powerLimit,
                "sum of its GPUs; where no exporter says it, what a board of that name may draw"
            ) { gpus($0, \.powerLimit, kilowatts) { $0.reduce(0, +) } },
            row("hottest GPU", run(table.temperature[index], celsius), .temperature, "highest of its GPUs") {
                gpus($0, \.temperature, celsius) { $0.max() ?? 0 }
            },
            row(
                "last XID", TextRun(xids(hosts.flatMap(\.gpus)) ?? "-"), .lastXID,
                "stays until the driver is loaded anew"
            ) { xids($0.gpus) },
            state,
        ]
    }

    private func kilowatts(_ watts: Double) -> String { "\(Words.fixed(watts / 1000, 1)) kW" }
    private func celsius(_ degrees: Double) -> String { "\(Words.fixed(degrees, 0)) C" }

    private func xids(_ gpus: [GPUFacts]) -> String? {
        let codes = Set(gpus.compactMap(\.lastXID)).sorted()
        return codes.isEmpty ? nil : codes.map(String.init).joined(separator: " ")
    }

    private func run(_ value: Double?, _ format: (Double) -> String) -> TextRun {
        value.map { TextRun(format($0)) } ?? TextRun("-", .dim)
    }

    /// What the GPUs of one exporter come to; nil where it says nothing of it.
    private func gpus(
        _ host: HostFacts, _ path: KeyPath<GPUFacts, Double?>, _ format: (Double) -> String,
        _ join: ([Double]) -> Double
    ) -> String? {
        let values = host.gpus.compactMap { $0[keyPath: path] }
        return values.isEmpty ? nil : format(join(values))
    }

    private func row(
        _ number: String, _ value: TextRun, _ field: Origin.Field, _ join: String, _ share: (HostFacts) -> String?
    ) -> OriginRow {
        guard !hosts.isEmpty else {
            let isSimulated = if case .simulated = snapshot.kind { true } else { false }
            return OriginRow(
                name: number, value: value, age: isSimulated ? Seconds(0) : nil,
                how: isSimulated ? simulatedOrigin : "no exporter says it")
        }
        let said = hosts.filter { share($0) != nil }
        let origins = snapshot.provenance.origins(of: field, by: Set(hosts.map(\.exporter)))
        var row = OriginRow(name: number, value: value, age: said.map { snapshot.at - $0.at }.max(), how: "")
        let series = origins.map { "\($0.series) \($0.rule)" }.joined(separator: "; ")
        row.how =
            said.isEmpty
            ? (series.isEmpty ? "no exporter of this host says it" : "\(series): not said now")
            : series.isEmpty ? join : said.allSatisfy { $0.allocation != nil } ? series : "\(series); \(join)"
        row.shares = hosts.map { host in
            let age = host.noAnswer == nil ? snapshot.at - host.at : nil
            return OriginShare(
                target: plainTarget(host.target), product: host.exporter, value: share(host) ?? "-", age: age,
                isStale: age.map { $0 > host.staleAfter } ?? true)
        }
        return row
    }

    private var state: OriginRow {
        let table = snapshot.nodes
        let state = index < table.states.count ? table.states[index] : .unknown
        let scheduler = hosts.first { $0.allocation != nil }
        let how =
            hosts.isEmpty
            ? simulatedOrigin
            : scheduler.map { "\($0.exporter) says \($0.allocation?.words ?? "-"); spare where no job has it" }
                ?? "serving where an engine answers at its address, failed by its last XID; no source says what else it is for"
        return OriginRow(
            name: "state", value: TextRun(state.label),
            age: table.lastHeard(of: index).map { snapshot.at - $0 },
            how: how)
    }
}
