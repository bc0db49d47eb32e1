// SPDX-License-Identifier: Apache-2.0

import Factory

/// One serving class of `tokenworks status --json`. Unknown is null, never 0.
struct ClassReport: Encodable {
    let name: String
    private let pool: PoolState

    init(_ pool: PoolState) {
        name = pool.pool.shortName
        self.pool = pool
    }

    /// Every key with its number, in the units that docs/status.md gives.
    private var numbers: [(key: String, value: Double?)] {
        [
            ("running", part(\.running)), ("waiting", part(\.waiting)), ("decode", part(\.decode)),
            ("prefill", part(\.prefill)), ("answered", pool.finished.known?.value),
            ("failed", pool.failed.known?.value),
            ("broken_off", pool.aborted.known?.value), ("refused", pool.turnedAway.known?.value),
            ("ttft_p95", pool.ttft95.known?.value), ("itl_p95", pool.itl95.known?.value),
            ("e2e_p95", pool.e2e95.known?.value), ("e2e_mean", pool.e2eMean.known?.value),
            ("queued_p95", pool.queued95.known?.value), ("queued_mean", pool.queuedMean.known?.value),
            ("draft_acceptance", pool.acceptance.known?.value), ("kv_use", pool.kvUse.known?.value),
            ("cached_share", pool.cachedShare.known?.value),
        ]
    }

    /// A part of the engines is not the class.
    private func part<M: Measure>(_ path: KeyPath<PoolState, Reading<M>>) -> Double? {
        pool.isPart(path) ? nil : pool[keyPath: path].known?.value
    }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    static let nameKey = "name"

    func encode(to encoder: any Encoder) throws {
        var row = encoder.container(keyedBy: Key.self)
        try row.encode(name, forKey: Key(Self.nameKey))
        for (key, value) in numbers {
            try row.encode(value.flatMap { $0.isFinite ? $0 : nil }, forKey: Key(key))
        }
    }

    /// For people: what is known of it.
    var text: String {
        var words: [String] = []
        func add(_ value: Double?, _ text: (Double) -> String) {
            if let value, value.isFinite { words.append(text(value)) }
        }
        add(pool.running.known?.value) { "\(Words.compact($0)) running" }
        add(pool.waiting.known?.value) { "\(Words.compact($0)) waiting" }
        add(pool.decode.known?.value) { "\(Words.compact($0)) tok/s" }
        add(pool.finished.known?.value) { "answers \(Words.rate(RequestsPerSecond($0)))" }
        if pool.isFailing { add(pool.failedShare.known?.value) { "fails \(Words.percent($0))!" } }
        return words.isEmpty ? "-" : words.joined(separator: ", ")
    }
}
