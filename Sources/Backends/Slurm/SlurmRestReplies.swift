// SPDX-License-Identifier: Apache-2.0

import SlurmText

/// What slurmrestd answers, in the schemas v0.0.38 and v0.0.39 onwards: the rule is to take either kind of every value.
struct RestReply<Content: Decodable & Sendable>: Decodable, Sendable {
    var content: Content?
    var errors: [RestError] = []

    private enum Key: String, CodingKey, CaseIterable { case errors, nodes, partitions, reservations, statistics }

    init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        errors = try box.decodeIfPresent([RestError].self, forKey: .errors) ?? []
        // Beside an error the rest may be of any kind.
        guard errors.isEmpty else { return }
        for key in Key.allCases where key != .errors && box.contains(key) {
            content = try box.decode(Content.self, forKey: key)
        }
    }
}

struct RestNothing: Decodable, Sendable {
    init(from decoder: any Decoder) throws {}
}

/// Two shapes, by who in slurmrestd writes it.
struct RestError: Decodable, Sendable {
    var error: String?
    var description: String?
    var source: String?
    var errno: Int?
    var number: Int?

    private enum CodingKeys: String, CodingKey {
        case error, description, source, errno
        case number = "error_number"
    }

    var failure: SlurmFailure {
        let words = [description, error].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ": ")
        if let known = SlurmFailure.reading(words) { return known }
        // All that it says of a controller that it cannot reach.
        if errno ?? number == -1 || words.contains("Unspecified error") {
            return SlurmFailure(
                .down, "does not answer slurmrestd: slurmctld is down, hangs, or munged does not run there")
        }
        return SlurmFailure(.refused, "refuses: \(words.prefix(140))")
    }
}

/// A number that may be unset or without end: a number, null, `"Infinity"`, or `{set, infinite, number}`.
struct RestNumber: Decodable, Sendable {
    /// nil: unset.
    var value: Double?

    private struct Nested: Decodable {
        var set: Bool?
        var infinite: Bool?
        var number: Double?
    }

    init(from decoder: any Decoder) throws {
        let box = try decoder.singleValueContainer()
        if box.decodeNil() { return }
        // ignored because the kind is tried: each may be another.
        if let number = try? box.decode(Double.self) {
            value = number
        } else if let text = try? box.decode(String.self) {
            value = text.lowercased().hasPrefix("inf") ? .infinity : Double(text)
        } else {
            let nested = try box.decode(Nested.self)
            value = nested.infinite == true ? .infinity : nested.set == false ? nil : nested.number
        }
    }

    /// NO_VAL of 32 and 64 bits leak here and there.
    var known: Double? { value.flatMap { $0 == 4_294_967_294 || $0 >= 1.8e19 && $0.isFinite ? nil : $0 } }
    var whole: Int? { known.flatMap { $0.isFinite ? Int(exactly: $0.rounded()) : nil } }
    /// Seconds since 1970; 0 is "not set".
    var moment: Double? { known.flatMap { (1..<1e11).contains($0) ? $0 : nil } }
    /// Minutes as seconds; -1 and INFINITE are without end.
    var minutes: Double? {
        known.map { $0 < 0 || $0 == 4_294_967_295 || $0 == .infinity ? .infinity : $0 * 60 }
    }
}

/// One word or several: `"idle"`, `["IDLE", "DRAIN"]`, `"a,b"`.
struct RestWords: Decodable, Sendable {
    var words: [String]

    init(from decoder: any Decoder) throws {
        let box = try decoder.singleValueContainer()
        if box.decodeNil() {
            words = []
        } else if let text = try? box.decode(String.self) {
            words = text.split(separator: ",").map(String.init)
        } else {
            // ignored above because the kind is tried.
            words = try box.decode([String].self)
        }
    }
}

struct RestNode: Decodable, Sendable {
    var node: SlurmNode

    private enum Key: String, CodingKey {
        case name, address, hostname, state, reason, partitions, gres, cpus, features, reservation, comment, version
        case flags = "state_flags"
        case reasonAt = "reason_changed_at"
        case reasonOwner = "reason_set_by_user"
        case gresUsed = "gres_used"
        case cpusAllocated = "alloc_cpus"
        case load = "cpu_load"
        case memory = "real_memory"
        case memoryAllocated = "alloc_memory"
        case freeMemory = "free_memory"
        case freeMem = "free_mem"
        case daemonVersion = "slurmd_version"
    }

    init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        func words(_ key: Key) throws -> [String] { try box.decodeIfPresent(RestWords.self, forKey: key)?.words ?? [] }
        func number(_ key: Key) throws -> RestNumber? { try box.decodeIfPresent(RestNumber.self, forKey: key) }
        func text(_ key: Key) throws -> String? {
            try box.decodeIfPresent(String.self, forKey: key).flatMap { $0.isEmpty ? nil : $0 }
        }
        let state = SlurmNodeState(words: try words(.state) + words(.flags))
        node = SlurmNode(name: try box.decode(String.self, forKey: .name), state: state)
        node.address = try text(.address)
        node.hostname = try text(.hostname)
        node.partitions = try words(.partitions)
        node.features = try words(.features)
        node.reason = try text(.reason)
        node.reasonOwner = node.reason == nil ? nil : try text(.reasonOwner)
        node.reasonAt = node.reason == nil ? nil : try number(.reasonAt)?.moment
        let gres = try text(.gres) ?? ""
        node.gpus = SlurmGres.gpus(in: gres)
        node.gpuType = SlurmGres.gpuType(in: gres)
        let used = try text(.gresUsed)
        node.gpusAllocated = used.map { SlurmGres.gpus(in: $0) } ?? (node.gpus == 0 ? 0 : nil)
        node.gpuIndexes = used.flatMap { SlurmGres.indexes(in: $0) }
        node.cpus = try number(.cpus)?.whole
        node.cpusAllocated = try number(.cpusAllocated)?.whole
        // A hundred times what the kernel says.
        node.cpuLoad = try number(.load)?.known.map { $0 / 100 }
        node.memory = try number(.memory)?.whole
        node.memoryAllocated = try number(.memoryAllocated)?.whole
        node.memoryFree = try (number(.freeMem) ?? number(.freeMemory))?.whole
        node.reservation = try text(.reservation)
        node.comment = try text(.comment)
        node.version = try text(.daemonVersion) ?? text(.version)
    }
}

struct RestPartition: Decodable, Sendable {
    private struct Nodes: Decodable {
        var configured: String?
    }
    private struct State: Decodable {
        var state: RestWords?
    }
    private struct Limits: Decodable {
        var time: RestNumber?
        var nodes: RestNumber?
    }

    private var name: String
    private var nodes: String
    private var state: [String]
    private var isDefault: Bool
    private var maxTime: Double?
    private var defaultTime: Double?
    private var maxNodes: Int?

    private enum Key: String, CodingKey {
        case name, nodes, state, flags, partition, maximums, defaults
        case maxTime = "max_time_limit"
        case defaultTime = "default_time_limit"
        case maxNodes = "maximum_nodes_per_job"
    }

    init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        name = try box.decode(String.self, forKey: .name)
        // ignored because the kind is tried: text, or an object with it.
        nodes =
            try (try? box.decode(String.self, forKey: .nodes))
            ?? box.decodeIfPresent(Nodes.self, forKey: .nodes)?.configured ?? ""
        state =
            try box.decodeIfPresent(RestWords.self, forKey: .state)?.words
            ?? box.decodeIfPresent(State.self, forKey: .partition)?.state?.words ?? []
        isDefault = try box.decodeIfPresent(RestWords.self, forKey: .flags)?.words.contains("default") ?? false
        let most = try box.decodeIfPresent(Limits.self, forKey: .maximums)
        maxTime = try (box.decodeIfPresent(RestNumber.self, forKey: .maxTime) ?? most?.time)?.minutes
        let usual = try box.decodeIfPresent(Limits.self, forKey: .defaults)
        defaultTime = try (box.decodeIfPresent(RestNumber.self, forKey: .defaultTime) ?? usual?.time)?.minutes
        maxNodes = try (box.decodeIfPresent(RestNumber.self, forKey: .maxNodes) ?? most?.nodes)?.whole
        if let maxNodes, maxNodes < 0 { self.maxNodes = nil }
    }

    func partition() throws(HostlistError) -> SlurmPartition {
        var partition = SlurmPartition(name: name, nodes: try Hostlist(parsing: nodes))
        partition.state = state.lazy.compactMap { SlurmPartition.State(rawValue: $0.uppercased()) }.first
        partition.isDefault = isDefault
        (partition.maxTime, partition.defaultTime, partition.maxNodesPerJob) = (maxTime, defaultTime, maxNodes)
        return partition
    }
}

struct RestReservation: Decodable, Sendable {
    private var name: String
    private var list: String?
    private var start: RestNumber?
    private var end: RestNumber?
    private var flags: RestWords?
    private var users: RestWords?
    private var accounts: RestWords?
    private var partition: String?

    private enum CodingKeys: String, CodingKey {
        case name, flags, users, accounts, partition
        case list = "node_list"
        case start = "start_time"
        case end = "end_time"
    }

    func reservation() throws(HostlistError) -> SlurmReservation {
        var reservation = SlurmReservation(name: name, nodes: try Hostlist(parsing: list ?? ""))
        (reservation.start, reservation.end) = (start?.moment, end?.moment)
        reservation.flags = flags?.words ?? []
        reservation.users = users?.words ?? []
        reservation.accounts = accounts?.words ?? []
        reservation.partition = partition.flatMap { $0.isEmpty ? nil : $0 }
        return reservation
    }
}

struct RestDiag: Decodable, Sendable {
    private var at: RestNumber?
    private var threads: RestNumber?
    private var agents: RestNumber?
    private var pending: RestNumber?
    private var running: RestNumber?
    private var last: RestNumber?
    private var mean: RestNumber?
    private var backfill: RestNumber?
    private var queue: RestNumber?

    private enum CodingKeys: String, CodingKey {
        case at = "req_time"
        case threads = "server_thread_count"
        case agents = "agent_queue_size"
        case pending = "jobs_pending"
        case running = "jobs_running"
        case last = "schedule_cycle_last"
        case mean = "schedule_cycle_mean"
        case backfill = "bf_cycle_last"
        case queue = "bf_queue_len"
    }

    var health: SlurmHealth {
        var health = SlurmHealth()
        health.at = at?.moment
        health.threads = threads?.whole
        health.agentQueue = agents?.whole
        (health.jobsPending, health.jobsRunning) = (pending?.whole, running?.whole)
        func seconds(_ number: RestNumber?) -> Double? { number?.known.map { $0 / 1e6 } }
        (health.lastCycle, health.meanCycle, health.backfillCycle) = (seconds(last), seconds(mean), seconds(backfill))
        health.backfillQueue = queue?.whole
        return health
    }
}
