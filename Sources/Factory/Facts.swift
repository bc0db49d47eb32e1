// SPDX-License-Identifier: Apache-2.0

/// What one exporter said of one host, not yet joined to what others say of it.
///
/// A nil is unknown, never zero.
package struct HostFacts: Sendable, Codable, Equatable {
    /// The name that the page itself gives: node_exporter's nodename, DCGM's Hostname; nil when it gives none.
    package var name: String?
    /// The host of the target's address: what joins the exporters of one machine that give no name.
    package var address: String
    /// Where it stands, as its target's labels or address say; nil: they do not.
    package var site: String?
    /// `node_exporter`, `dcgm`, `amd`, ...
    package var exporter: String
    /// The target it was read from; empty where none is named.
    package var target = ""
    /// When the page was taken.
    package var at: PlantTime
    /// CPU busy. Range 0...1.
    package var cpu: Double?
    /// Host memory used. Range 0...1.
    package var memory: Double?
    /// Through all real ports, through InfiniBand, and of all disks. Unit: B/s.
    package var networkIn: Double?
    package var networkOut: Double?
    package var fabricIn: Double?
    package var fabricOut: Double?
    package var diskRead: Double?
    package var diskWritten: Double?
    /// Part of the time in which some process waited for it. Range 0...1.
    package var cpuPressure: Double?
    package var memoryPressure: Double?
    package var ioPressure: Double?
    /// Processes that were killed for want of memory since it booted.
    package var oomKills: Int?
    package var bootedAt: PlantTime?
    package var gpus: [GPUFacts] = []
    /// Where a scheduler speaks: it names its hosts, and its names are the ones to act by.
    package var allocation: HostAllocation?
    /// Why its target, which has not given a page since this program began, gives none; nil: it has. Then `at` is when that
    /// was noticed.
    package var noAnswer: String?
    /// Older than this they are stale: two polls of their own source, or longer where that says so. Set by `Fold`.
    package var staleAfter = Seconds(0)

    package init(name: String?, address: String, exporter: String, at: PlantTime) {
        self.name = name
        self.address = address
        self.exporter = exporter
        self.at = at
    }
}

/// What an exporter said of one accelerator.
package struct GPUFacts: Sendable, Codable, Equatable {
    /// The UUID: an index names another GPU after the next reboot.
    package var uuid: String
    /// Position in its host; nil when the source does not say.
    package var index: Int?
    package var model: String?
    /// Unit: W.
    package var power: Double?
    /// Highest power it is set to. Unit: W.
    package var powerLimit: Double?
    /// Range 0...1.
    package var utilisation: Double?
    /// Range 0...1.
    package var tensorActive: Double?
    /// Memory used, and in all, in a unit of the source's own.
    package var memoryUsed: Double?
    package var memoryTotal: Double?
    /// Unit: C.
    package var temperature: Double?
    /// The last XID, sticky; nil for none or unknown.
    package var lastXID: Int?
    /// Of what computes. Unit: MHz.
    package var clock: Double?
    /// Both ways together. Unit: B/s.
    package var pcie: Double?
    package var nvlink: Double?
    /// Part of the time in which its clocks were held down for power, and for heat. Range 0...1.
    package var heldForPower: Double?
    package var heldForHeat: Double?
    package var faults = GPUFaults()
    /// The job or pod that has it, and its user or namespace; nil for none or unknown.
    package var holder: String?
    package var owner: String?

    /// Whether it is known to do nothing: no kernel runs. That no tensor core works does not say so: other work needs none.
    package var isIdle: Bool { utilisation.map { $0 < 0.01 && (tensorActive ?? 0) < 0.01 } ?? false }

    package init(uuid: String) { self.uuid = uuid }

    /// What it does not say itself, from another exporter's word on the same GPU.
    func completed(by other: GPUFacts) -> GPUFacts {
        var whole = self
        whole.index = index ?? other.index
        whole.model = model ?? other.model
        whole.power = power ?? other.power
        whole.powerLimit = powerLimit ?? other.powerLimit
        whole.utilisation = utilisation ?? other.utilisation
        whole.tensorActive = tensorActive ?? other.tensorActive
        whole.temperature = temperature ?? other.temperature
        whole.lastXID = lastXID ?? other.lastXID
        whole.clock = clock ?? other.clock
        whole.pcie = pcie ?? other.pcie
        whole.nvlink = nvlink ?? other.nvlink
        whole.heldForPower = heldForPower ?? other.heldForPower
        whole.heldForHeat = heldForHeat ?? other.heldForHeat
        if faults.isNone { whole.faults = other.faults }
        if holder == nil { (whole.holder, whole.owner) = (other.holder, other.owner) }
        // Used and total are of one source, in its unit.
        if memory == nil { (whole.memoryUsed, whole.memoryTotal) = (other.memoryUsed, other.memoryTotal) }
        return whole
    }

    /// Memory used, as a share of all; nil when either is unknown.
    package var memory: Double? {
        guard let memoryUsed, let memoryTotal, memoryTotal > 0 else { return nil }
        return memoryUsed / memoryTotal
    }
}

/// What one inference engine said of itself. Rates are nil until it has been read twice.
package struct EngineFacts: Sendable, Codable, Equatable {
    /// The model it serves, in its own words: the class of its requests.
    package var model: String
    /// The engine behind one endpoint: `0`.
    package var engine: String
    /// `vllm`, `sglang`, ...
    package var product: String
    /// Whether it stands before engines that may be scraped as well: then tokens and queues are theirs to count, and only
    /// what a user waits for is its own.
    package var isFrontend = false
    /// The target it was read from.
    package var target: String
    /// The host of the target's address.
    package var address: String
    /// The machine that it runs on, as its target's labels or address say; nil: only the address is known.
    package var node: String?
    /// When the page was taken.
    package var at: PlantTime
    package var running: Double?
    package var waiting: Double?
    /// Generated tokens. Unit: tokens/s.
    package var decode: Double?
    /// Input tokens that were computed, not found in a cache. Unit: tokens/s.
    package var prefill: Double?
    /// All input tokens, and those found in a cache. Unit: tokens/s.
    package var prompt: Double?
    package var cached: Double?
    /// Range 0...1.
    package var kvUse: Double?
    /// Sequences that lost their cache to others. Unit: requests/s.
    package var preempted: Double?
    package var ttft: Buckets?
    package var itl: Buckets?
    /// Requests that were answered whole, that failed, that their users broke off, and that were not let in. Unit: requests/s.
    package var finished: Double?
    package var failed: Double?
    package var aborted: Double?
    package var refused: Double?
    /// Tokens that a small model drafted, and those of them that the large one took over. Unit: tokens/s.
    package var drafted: Double?
    package var accepted: Double?
    /// From the request to its last token, and from the request to its first work.
    package var e2e: Buckets?
    package var queued: Buckets?
    /// The same as a mean, where a source has nothing finer. Unit: s.
    package var e2eMean: Double?
    package var queuedMean: Double?
    /// Older than this they are stale: two polls of their own source, or longer where that says so. Set by `Fold`.
    package var staleAfter = Seconds(0)

    package init(model: String, engine: String, product: String, target: String, address: String, at: PlantTime) {
        self.model = model
        self.engine = engine
        self.product = product
        self.target = target
        self.address = address
        self.at = at
    }
}

/// How many observations of a histogram fell between its bounds in some time.
package struct Buckets: Sendable, Codable, Equatable {
    /// Upper bounds, ascending; the last is infinite.
    package var bounds: [Double]
    /// Observations in each bucket alone, not summed up. As many as `bounds`, none negative.
    package var counts: [Double]

    package init(bounds: [Double], counts: [Double]) {
        self.bounds = bounds
        self.counts = counts
    }

    /// The value that a share of the observations does not exceed, interpolated within its bucket as Prometheus does;
    /// nil without observations.
    ///
    /// Beyond the last finite bound it is that bound: the true value is larger.
    package func quantile(_ share: Double) -> Double? {
        let total = counts.reduce(0, +)
        guard total > 0, bounds.count == counts.count, bounds.count > 1 else { return nil }
        let rank = share * total
        var below = 0.0
        for index in counts.indices where counts[index] > 0 {
            guard below + counts[index] >= rank else {
                below += counts[index]
                continue
            }
            guard bounds[index].isFinite else { return bounds.last(where: \.isFinite) }
            let lower = index > 0 ? bounds[index - 1] : min(0, bounds[0])
            return lower + (bounds[index] - lower) * (rank - below) / counts[index]
        }
        return bounds.last(where: \.isFinite)
    }

    /// The share of the observations that do not exceed a value, taken to lie evenly within their bucket; nil without any.
    package func share(upTo value: Double) -> Double? {
        let total = counts.reduce(0, +)
        guard total > 0, bounds.count == counts.count else { return nil }
        return min(1, cumulative(at: value) / total)
    }

    /// The same over several engines. Where their bounds differ each is read at the bounds of all, by a straight line within
    /// its buckets; nil for none, or for one whose parts do not fit together.
    package static func sum(_ all: [Buckets]) -> Buckets? {
        guard let first = all.first, all.allSatisfy({ $0.counts.count == $0.bounds.count && !$0.bounds.isEmpty }) else {
            return nil
        }
        let bounds =
            all.allSatisfy { $0.bounds == first.bounds } ? first.bounds : Set(all.flatMap(\.bounds)).sorted()
        var counts = [Double](repeating: 0, count: bounds.count)
        for buckets in all {
            let each = bounds == buckets.bounds ? buckets.counts : buckets.spread(over: bounds)
            for index in counts.indices { counts[index] += each[index] }
        }
        return Buckets(bounds: bounds, counts: counts)
    }

    /// Its observations in the buckets of finer bounds.
    private func spread(over finer: [Double]) -> [Double] {
        var below = 0.0
        return finer.map { bound in
            let now = cumulative(at: bound)
            defer { below = now }
            return max(0, now - below)
        }
    }

    /// Observations up to a bound, taken to lie evenly within their bucket.
    private func cumulative(at bound: Double) -> Double {
        var sum = 0.0
        for index in bounds.indices {
            if bounds[index] <= bound {
                sum += counts[index]
                continue
            }
            let lower = index > 0 ? bounds[index - 1] : min(0, bounds[0])
            guard bound > lower else { return sum }
            // The last bucket has no end: what lies in it is taken to lie just beyond the last bound, so that a percentile
            // stays a lower limit.
            guard bounds[index].isFinite else { return sum + counts[index] }
            return sum + counts[index] * (bound - lower) / (bounds[index] - lower)
        }
        return sum
    }
}
