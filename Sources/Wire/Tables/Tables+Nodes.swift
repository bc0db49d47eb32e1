// SPDX-License-Identifier: Apache-2.0

import Factory

extension Tables {
    private static let every = NodeColumns(kind: .node, reach: .always)
    private static let opened = NodeColumns(kind: .node, reach: .opened)
    private static let gpu = NodeColumns(kind: .gpu, reach: .accelerators)

    private static func overview(_ quantity: NodeQuantity, step: Float, band: Int64) -> ColumnRow {
        NodeColumns(kind: .node, reach: .overview(quantity))
            .measured(quantity.rawValue, quantity.column, .steps(step), band: band)
    }

    /// Shares to a fortieth of a percent; what a screen rounds to whole percents does not flicker with it.
    private static let share = CellCode<Float>.steps(1 / 4096)

    static let nodes: [ColumnRow] = [
        ids,
        every.values("states", \.states, .cases(unknown: .unknown)),
        every.values("since", \.since, .moment),
        every.values("isOlder", \.isOlder, .flag),
        every.values("pools", \.pools, .integer),
        every.values("jobs", \.jobs, .integer),
        heardAt,
        every.values("staleAfter", \.staleAfter, CellCode<Seconds>.optional),
        // Bands lie well within those of the dashboard (`HeldColumns`): nothing that would be painted is kept back.
        overview(.power, step: 1, band: 100),
        overview(.powerLimit, step: 1, band: 0),
        overview(.gpuUtilisation, step: 1 / 4096, band: 40),
        overview(.tensorActive, step: 1 / 4096, band: 40),
        overview(.gpuMemory, step: 1 / 4096, band: 40),
        overview(.temperature, step: 1 / 64, band: 32),
        overview(.cpu, step: 1 / 4096, band: 40),
        overview(.memory, step: 1 / 4096, band: 40),
        opened.measured("host.networkIn", \.host.networkIn, .exact),
        opened.measured("host.networkOut", \.host.networkOut, .exact),
        opened.measured("host.fabricIn", \.host.fabricIn, .exact),
        opened.measured("host.fabricOut", \.host.fabricOut, .exact),
        opened.measured("host.diskRead", \.host.diskRead, .exact),
        opened.measured("host.diskWritten", \.host.diskWritten, .exact),
        opened.measured("host.cpuPressure", \.host.cpuPressure, .exact),
        opened.measured("host.memoryPressure", \.host.memoryPressure, .exact),
        opened.measured("host.ioPressure", \.host.ioPressure, .exact),
        starts,
    ]

    static let accelerators: [ColumnRow] = [
        gpu.measured("power", \.gpus.power, .steps(0.125)),
        gpu.measured("utilisation", \.gpus.utilisation, share),
        gpu.measured("tensorActive", \.gpus.tensorActive, share),
        gpu.measured("memory", \.gpus.memory, share),
        gpu.measured("temperature", \.gpus.temperature, .steps(1 / 64)),
        gpu.measured("clock", \.gpus.clock, .exact),
        gpu.measured("pcie", \.gpus.pcie, .exact),
        gpu.measured("nvlink", \.gpus.nvlink, .exact),
        gpu.measured("heldForPower", \.gpus.heldForPower, .exact),
        gpu.measured("heldForHeat", \.gpus.heldForHeat, .exact),
    ]

    private static var ids: ColumnRow {
        var row = ColumnRow(
            kind: .node, key: "ids", reach: .always, isStepwise: false, isWords: true,
            read: { snapshot, _ in .words(snapshot.nodes.ids.map(\.name)) },
            write: { snapshot, cells, _ in
                if case .words(let words) = cells { snapshot.nodes.ids = words.map(NodeID.init) }
            })
        // The same storage from poll to poll, as long as no node comes or goes.
        row.isSame = { $0.nodes.ids == $1.nodes.ids }
        return row
    }

    /// Where the accelerators of each node begin: screens take two neighbours for a range, so that none may go back.
    private static var starts: ColumnRow {
        ColumnRow(
            kind: .node, key: "gpus.starts", reach: .always, isStepwise: true,
            read: { snapshot, _ in .codes(snapshot.nodes.gpus.starts.map(Int64.init)) },
            write: { snapshot, cells, _ in
                guard case .codes(let codes) = cells else { return }
                var highest: Int64 = 0
                snapshot.nodes.gpus.starts = codes.map { code in
                    highest = max(highest, min(code, Int64(ColumnChange.longest)))
                    return Int32(highest)
                }
            })
    }

    /// When nodes were heard of, as the age: it is 0 for all nodes of most plants, where the time is new with each poll.
    private static var heardAt: ColumnRow {
        ColumnRow(
            kind: .node, key: "heardAt", reach: .always, isStepwise: true, followsTime: true,
            read: { snapshot, _ in
                let now = snapshot.at.epoch
                return .codes(
                    snapshot.nodes.heardAt.enumerated().map { index, heard in
                        let age = now - heard.epoch
                        guard age.isFinite else { return Int64(1) << 40 }
                        // While it is fresh, to two seconds: the age is shown to the second at most, and looked at for one
                        // node. Once it is stale the time itself travels, which stands still.
                        return age <= snapshot.staleAfter(of: index).value
                            ? Int64(max(0, age / 2)) : -Int64(max(1, min(1e15, (heard.epoch * 1000).rounded())))
                    })
            },
            write: { snapshot, cells, _ in
                guard case .codes(let codes) = cells else { return }
                snapshot.nodes.heardAt = codes.map { code in
                    code < 0
                        ? PlantTime(epoch: -Double(code) / 1000)
                        : PlantTime(epoch: snapshot.at.epoch - Double(code) * 2)
                }
            })
    }

    // MARK: Records

    /// What only some nodes or accelerators have, by their place.
    struct Placed<Value: Codable & Hashable & Sendable>: Codable, Hashable, Sendable {
        var at: Int
        var value: Value
    }

    private static func sparse<Value: Codable & Hashable & Sendable>(
        _ kind: EntityKind, _ key: String, _ path: any WritableKeyPath<NodeTable, [Int: Value]> & Sendable
    ) -> RecordRow {
        .cached(
            kind, key,
            read: { snapshot in
                snapshot.nodes[keyPath: path].sorted { $0.key < $1.key }.map { Placed(at: $0.key, value: $0.value) }
            },
            write: { snapshot, placed in
                snapshot.nodes[keyPath: path] = Dictionary(placed.map { ($0.at, $0.value) }) { _, newer in newer }
            })
    }

    static let nodeRecords: [RecordRow] = [
        .cached(.node, "groups", read: { $0.nodes.groups }, write: { $0.nodes.groups = $1 }),
        sparse(.node, "conditions", \.conditions),
        looked(.node, "host.bootedAt", .opened, \.host.bootedAt),
        looked(.node, "host.oomKills", .opened, \.host.oomKills),
        sparse(.gpu, "faults", \.gpus.faults),
        sparse(.gpu, "lastXID", \.gpus.lastXID),
        looked(.gpu, "models", .accelerators, \.gpus.models),
    ]

    /// What almost every node or accelerator has: only of those that are opened.
    private static func looked<Value: Codable & Hashable & Sendable>(
        _ kind: EntityKind, _ key: String, _ reach: Reach,
        _ path: any WritableKeyPath<NodeTable, [Int: Value]> & Sendable
    ) -> RecordRow {
        .viewed(
            kind, key,
            read: { snapshot, view -> [Placed<Value>] in
                (view.places(reach, in: snapshot) ?? []).compactMap { place in
                    snapshot.nodes[keyPath: path][place].map { Placed(at: place, value: $0) }
                }
            },
            write: { snapshot, placed in
                snapshot.nodes[keyPath: path] = Dictionary(placed.map { ($0.at, $0.value) }) { _, newer in newer }
            })
    }

    /// The exporters' words on one node.
    struct Words: Codable, Sendable {
        var node: Int
        var hosts: [HostFacts]
    }

    static let originRecords: [RecordRow] = [
        .viewed(
            .plant, "provenance.hosts",
            read: { snapshot, view in
                view.opened.map { Words(node: $0, hosts: snapshot.provenance.hosts(of: $0)) }.filter {
                    !$0.hosts.isEmpty
                }
            },
            write: { snapshot, words in
                let hosts = Dictionary(words.map { ($0.node, $0.hosts) }) { _, newer in newer }
                snapshot.provenance.set(hosts: hosts, nodes: snapshot.nodes.count)
            }),
        .viewed(
            .plant, "provenance.engines", read: { $1.origins ? $0.provenance.engines : [] },
            write: { $0.provenance.engines = $1 }),
        .viewed(
            .plant, "provenance.runs", read: { $1.origins ? $0.provenance.runs : [] },
            write: { $0.provenance.runs = $1 }),
        .viewed(
            .plant, "provenance.origins", read: { $1.origins || !$1.opened.isEmpty ? $0.provenance.origins : [] },
            write: { $0.provenance.origins = $1 }),
        .viewed(
            .plant, "provenance.targets", read: { $1.origins ? $0.provenance.targets : [] },
            write: { $0.provenance.targets = $1 }),
    ]
}
