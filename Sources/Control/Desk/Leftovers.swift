// SPDX-License-Identifier: Apache-2.0

import Factory

/// What an engine holds for moves that are over: nobody would look for it.
struct Leftovers: Sendable {
    /// Since when each has been seen.
    private var since: [String: PlantTime] = [:]
    private var told: Set<String> = []

    /// A look at the engine that is older than the end of a move still shows what the move held. Unit: s.
    static let patience = Seconds(20)

    /// Those that have been there for a while and were not told yet.
    mutating func news(_ sentences: [String], at now: PlantTime) -> [String] {
        guard !sentences.isEmpty || !since.isEmpty else { return [] }
        since = Dictionary(sentences.map { ($0, since[$0] ?? now) }, uniquingKeysWith: { first, _ in first })
        told.formIntersection(sentences)
        let new = sentences.filter { !told.contains($0) && now - (since[$0] ?? now) >= Self.patience }
        told.formUnion(new)
        return new
    }
}
