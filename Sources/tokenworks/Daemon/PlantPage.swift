// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Link

/// The page that `serve --metrics` answers with: the plant's headline numbers, and the daemon's own.
///
/// What is unknown or stale is absent, never 0.
struct PlantPage {
    private var page = PageWriter()

    private init() {}

    /// - Parameter snapshots: the newest of each site.
    static func text(
        _ snapshots: [FactorySnapshot], link: LinkCounts.Numbers, stats: DaemonStats.Numbers,
        process: ProcessFacts = .now()
    ) -> String {
        var page = PlantPage()
        page.plant(snapshots)
        page.pools(snapshots)
        page.sources(snapshots)
        page.daemon(link, stats, process)
        return page.page.text
    }

    private typealias Sample = PageWriter.Sample

    private mutating func add(_ name: String, _ help: String, _ samples: [Sample]) {
        page.add("tokenworks_" + name, .gauge, help, samples)
    }

    // MARK: The plant

    private mutating func plant(_ all: [FactorySnapshot]) {
        add(
            "plant_info", "The plant, and whether it is real.",
            all.map { Sample(1, [("plant", $0.label), ("kind", $0.kind == .live ? "live" : "simulated")]) })
        add(
            "plant_time_seconds", "The plant's clock, seconds since 1970.",
            all.map { Sample($0.at.epoch, [("plant", $0.label)]) })
        add(
            "plant_mode", "1 for the mode that the plant is in.",
            all.flatMap { one in
                [OperatingMode.observe, .manual, .hold].map {
                    Sample($0 == one.mode ? 1 : 0, [("plant", one.label), ("mode", $0.rawValue.lowercased())])
                }
            })
        add(
            "nodes", "Nodes by state; absent where nobody says what the nodes do.",
            all.flatMap { one in
                LedgerState.allCases.map { state in
                    // What has failed, and of how many nothing is known, is said whatever else is unknown.
                    let isNews = state == .unknown || state == .failed && one.ledger[state] > 0
                    let isKnown = one.nodes.count > 0 && (one.countsNodes || isNews)
                    return Sample(
                        isKnown ? Double(one.ledger[state]) : nil, [("plant", one.label), ("state", state.rawValue)])
                }
            })
        add(
            "node_power_watts", "Power of the nodes that say theirs, together.",
            all.map { Sample($0.power?.watts, [("plant", $0.label)]) })
        add(
            "node_power_known_nodes", "Nodes that say their power.",
            all.map { Sample($0.power.map { Double($0.nodes) }, [("plant", $0.label)]) })
        add(
            "node_gpu_utilisation_ratio", "Mean of the accelerators' utilisation, by what the nodes are for.",
            all.flatMap { one in
                one.utilisation.map { Sample($0.share, [("plant", one.label), ("pool", $0.pool)]) }
            })
        add(
            "training_tokens_per_second", "Tokens trained.",
            all.map { Sample(fresh($0.trained), [("plant", $0.label)]) })
        add(
            "training_mfu_ratio", "Model FLOP/s utilisation of all gangs.",
            all.map { Sample(fresh($0.mfu), [("plant", $0.label)]) })
        add(
            "moves", "Moves of this run by how they stand; those that ended for a day, 200 at most.",
            all.flatMap { one in
                MoveStatus.Phase.every.map { phase in
                    Sample(
                        Double(one.moves.count { $0.phase == phase }),
                        [("plant", one.label), ("phase", phase.rawValue)])
                }
            })
    }

    private mutating func pools(_ all: [FactorySnapshot]) {
        let pools = all.flatMap { one in one.pools.map { (plant: one.label, pool: $0) } }
        func each(_ value: (PoolState) -> Double?) -> [Sample] {
            pools.map { Sample(value($0.pool), [("plant", $0.plant), ("pool", $0.pool.pool.description)]) }
        }
        func quantiles(_ values: [(String, KeyPath<PoolState, Reading<Seconds>>)]) -> [Sample] {
            pools.flatMap { one in
                values.map { quantile, path in
                    Sample(
                        fresh(one.pool[keyPath: path]),
                        [("plant", one.plant), ("pool", one.pool.pool.description), ("quantile", quantile)])
                }
            }
        }
        add(
            "pool_nodes", "Nodes that work in the pool now.",
            each { $0.nodesAreKnown && !$0.parts.contains(.nodes) ? Double($0.nodes) : nil })
        add("pool_floor_nodes", "Nodes that no decision may leave fewer of.", each { Double($0.floor) })
        add("pool_gpus", "Accelerators behind the pool's nodes.", each { $0.gpus > 0 ? Double($0.gpus) : nil })
        add("pool_decode_tokens_per_second", "Tokens generated.", each { whole($0, \.decode) })
        add(
            "pool_prefill_tokens_per_second", "Input tokens computed, without cached ones.",
            each { whole($0, \.prefill) })
        add("pool_goodput_tokens_per_second", "Tokens generated within the service level.", each { fresh($0.goodput) })
        add("pool_requests_waiting", "Requests that wait.", each { whole($0, \.waiting) })
        add("pool_requests_running", "Requests that are worked on.", each { whole($0, \.running) })
        add("pool_arrivals_per_second", "Requests that arrive.", each { fresh($0.arrivals) })
        add("pool_turned_away_per_second", "Requests that are refused or give up.", each { fresh($0.turnedAway) })
        add("pool_failed_per_second", "Requests that fail.", each { fresh($0.failed) })
        add("pool_queue_seconds", "Queued work over what the pool serves.", each { fresh($0.wait) })
        add("pool_kv_cache_usage_ratio", "Use of the KV cache.", each { fresh($0.kvUse) })
        add(
            "pool_slo_attainment_ratio", "Requests that met their level, of five minutes.",
            each { fresh($0.attainment) })
        add("pool_slo_burn", "How fast the error budget burns; 1 spends it exactly.", each { fresh($0.burn) })
        // What has a quantile is a summary, for those who check.
        for (name, help, values) in [
            (
                "ttft", "Time to first token, queue included.",
                [("0.5", \PoolState.ttft50), ("0.95", \.ttft95), ("0.99", \.ttft99)]
            ),
            (
                "itl", "Time between two tokens of an answer.",
                [("0.5", \.itl50), ("0.95", \.itl95), ("0.99", \.itl99)]
            ), ("e2e", "From the request to its last token.", [("0.95", \.e2e95)]),
        ] { page.add("tokenworks_pool_\(name)_seconds", .summary, help, quantiles(values)) }
    }

    private mutating func sources(_ all: [FactorySnapshot]) {
        let sources = all.flatMap { one in one.sources.map { (plant: one, source: $0) } }
        func each(_ value: (FactorySnapshot, SourceStatus) -> Double?) -> [Sample] {
            sources.map { Sample(value($0.plant, $0.source), [("plant", $0.plant.label), ("source", $0.source.name)]) }
        }
        add("source_targets", "Targets of the source.", each { Double($1.targets) })
        add("source_targets_up", "Targets of the source that answer.", each { Double($1.targetsUp) })
        add(
            "source_age_seconds", "Time since the source answered; absent: it never did.",
            each { plant, source in source.answeredAt.map { max(0, (plant.at - $0).value) } })
        add(
            "source_stale", "1 where the source's word is too old to be believed, or it never answered.",
            each { plant, source in source.answeredAt.map { plant.at - $0 > source.staleAfter ? 1 : 0 } ?? 1 })
    }

    // MARK: The daemon

    private mutating func daemon(_ link: LinkCounts.Numbers, _ stats: DaemonStats.Numbers, _ process: ProcessFacts) {
        add("build_info", "The program.", [Sample(1, [("version", Version.current)])])
        add(
            "clients", "Who is attached, by role.",
            [
                Sample(Double(link.operators), [("role", "operator")]),
                Sample(Double(link.viewers), [("role", "viewer")]),
            ])
        page.add("tokenworks_clients_joined_total", .counter, "Clients that were let in.", Double(link.joined))
        page.add(
            "tokenworks_clients_turned_away_total", .counter, "Clients that were not, or let go for what they said.",
            Double(link.turnedAway))
        page.add("tokenworks_frames_sent_total", .counter, "Frames sent to clients.", Double(link.frames))
        page.add("tokenworks_sent_bytes_total", .counter, "Bytes sent to clients.", Double(link.bytes))
        page.add(
            "tokenworks_poll_duration_seconds", .summary, "What polls of the plant took.",
            [Sample(stats.pollSeconds, suffix: "_sum"), Sample(Double(stats.polls), suffix: "_count")])
        page.add("tokenworks_last_poll_duration_seconds", .gauge, "What the last poll took.", stats.lastPollSeconds)
        page.add(
            "tokenworks_notices_failed_total", .counter, "Notices of which the hook told nobody.",
            Double(stats.noticesFailed))
        page.add("process_cpu_seconds_total", .counter, "Processor time, user and system.", process.cpu)
        page.add("process_resident_memory_bytes", .gauge, "Memory in use.", process.resident)
        page.add("process_open_fds", .gauge, "Open file descriptors.", process.openFiles)
        page.add("process_start_time_seconds", .gauge, "When the process began, seconds since 1970.", process.startedAt)
    }

    private func fresh<M: Measure>(_ reading: Reading<M>) -> Double? {
        if case .fresh(let value) = reading { value.value } else { nil }
    }

    /// A part is not the whole: where an engine of the class does not say, nobody knows the sum.
    private func whole<M: Measure>(_ pool: PoolState, _ path: KeyPath<PoolState, Reading<M>>) -> Double? {
        pool.isPart(path) ? nil : fresh(pool[keyPath: path])
    }
}

extension MoveStatus.Phase {
    fileprivate static let every: [MoveStatus.Phase] = [
        .running, .held, .aborting, .done, .failed, .aborted, .interrupted,
    ]
}

extension FactorySnapshot {
    /// Sites of one factory are told apart by their names.
    fileprivate var label: String { plant }

    /// Whether the ledger's counts are all there is: beside nodes that no source speaks of they would be too low.
    fileprivate var countsNodes: Bool {
        ledger[LedgerState.unknown] == 0 && classes.allSatisfy { $0.nodesAreKnown && !$0.parts.contains(.nodes) }
    }

    /// Of the nodes that are not stale.
    private var heard: [Int] {
        nodes.indices.filter { index in
            guard index < nodes.heardAt.count else { return true }
            return at - nodes.heardAt[index] <= staleAfter(of: index)
        }
    }

    fileprivate var power: (watts: Double, nodes: Int)? {
        let known = heard.compactMap { nodes.power[$0] }
        return known.isEmpty ? nil : (known.reduce(0, +), known.count)
    }

    /// Mean of the nodes that say theirs, by pool.
    fileprivate var utilisation: [(pool: String, share: Double)] {
        var sums: [Int: (sum: Double, count: Double)] = [:]
        for node in heard {
            guard let value = nodes.gpuUtilisation[node], node < nodes.pools.count else { continue }
            let pool = Int(nodes.pools[node])
            guard pools.indices.contains(pool) else { continue }
            let before = sums[pool] ?? (0, 0)
            sums[pool] = (before.sum + value, before.count + 1)
        }
        return sums.sorted { $0.key < $1.key }.map { (pools[$0.key].pool.description, $0.value.sum / $0.value.count) }
    }
}
