// SPDX-License-Identifier: Apache-2.0

import Factory

/// From raw data to what pretraining reads: a flow with two stocks.
struct Ingestion: Sendable {
    /// Crawled, bought and recorded, not yet read by curation.
    private(set) var raw: TokenStock
    /// Clean, and ready to be trained on.
    private(set) var curated: TokenStock
    /// Raw tokens/s that come in, that curation reads, and curated tokens/s that it gives.
    private(set) var inflow: Double
    private(set) var reading = 0.0
    private(set) var giving = 0.0
    /// Raw tokens/s that one node reads.
    let perNode: Double
    /// Nobody here curates: clean data comes from elsewhere as fast as it is read.
    private let isElsewhere: Bool
    private let meanInflow: Double
    private let seed: UInt64
    /// Since the start, for the books: in, refused by curation, and trained on.
    private(set) var received = 0.0
    private(set) var refused = 0.0
    private(set) var consumed = 0.0
    private let opening: Double

    /// Part of raw tokens that survives filters and deduplication.
    static let acceptance = 0.4

    /// A plant whose curation just keeps up with what training reads at the start.
    ///
    /// - Parameters:
    ///   - demand: tokens/s that pretraining reads when nothing holds it up.
    ///   - nodes: that curate at the start; 0: somebody else does, and data never ends.
    init(demand: Double, nodes: Int, seed: UInt64) {
        let needed = max(1, demand) / Self.acceptance
        meanInflow = 1.05 * needed
        inflow = meanInflow
        isElsewhere = nodes == 0
        perNode = nodes > 0 ? 1.15 * needed / Double(nodes) : 0
        raw = TokenStock(tokens: 12 * 3600 * needed, capacity: 24 * 3600 * needed)
        curated = TokenStock(tokens: 3.3 * 3600 * max(1, demand), capacity: 6 * 3600 * max(1, demand))
        opening = raw.tokens + curated.tokens
        self.seed = seed
    }

    /// One second.
    ///
    /// - Parameters:
    ///   - demand: tokens/s that pretraining would read.
    ///   - nodes: that curate now.
    /// - Returns: the part of the demand that is there. Range 0...1.
    mutating func advance(demand: Double, nodes: Int, at second: Int) -> Double {
        if isElsewhere { return pass(demand) }
        if second % 60 == 0 {
            // Crawlers and partners deliver in tides of hours.
            inflow = meanInflow * (1 + 0.3 * SlowNoise.value(seed: seed, lane: 20, at: Double(second), period: 10_800))
        }
        let accepted = min(inflow, (raw.capacity ?? .infinity) - raw.tokens)
        raw.tokens += accepted
        received += accepted
        let room = max(0, (curated.capacity ?? .infinity) - curated.tokens) / Self.acceptance
        reading = min(raw.tokens, perNode * Double(nodes), room)
        raw.tokens -= reading
        giving = reading * Self.acceptance
        refused += reading - giving
        curated.tokens += giving
        let read = min(demand, curated.tokens)
        curated.tokens -= read
        consumed += read
        return demand > 0 ? read / demand : 1
    }

    /// Clean data from elsewhere: what is read comes in, and the stocks stay as they are.
    private mutating func pass(_ demand: Double) -> Double {
        inflow = demand / Self.acceptance
        (reading, giving) = (inflow, demand)
        received += inflow
        refused += inflow - demand
        consumed += demand
        return 1
    }

    /// What is missing in the books: in equals out plus held. Unit: tokens.
    var imbalance: Double { opening + received - refused - consumed - raw.tokens - curated.tokens }
}
