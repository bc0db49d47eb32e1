// SPDX-License-Identifier: Apache-2.0

import Factory

/// Finds nodes by words: every word must be in the node's name, state, pool, job, owner or condition, in any case of letters.
struct NodeFilter {
    private let snapshot: FactorySnapshot
    private let words: [[UInt8]]
    private let pools: [[Bool]]
    private let jobs: [[Bool]]
    private let states: [NodeState: [Bool]]

    /// nil when the text asks for nothing.
    init?(_ text: String, _ snapshot: FactorySnapshot) {
        let words = text.split(separator: " ").map { Array(String($0).lowercased().utf8) }
        guard !words.isEmpty else { return nil }
        self.words = words
        self.snapshot = snapshot
        // A plant has few pools, jobs and states and many nodes: each is asked once.
        let asked = { (texts: [String]) in words.map { word in texts.contains { Self.contains($0, word) } } }
        pools = snapshot.pools.map { asked([$0.pool.description]) }
        jobs = snapshot.jobs.map { asked([$0.id.name, $0.name, $0.owner]) }
        states = Dictionary(uniqueKeysWithValues: NodeState.allCases.map { ($0, asked([$0.label, $0.rawValue])) })
    }

    func matches(_ node: Int) -> Bool {
        let table = snapshot.nodes
        let pool = table.pools[safe: node].flatMap { pools[safe: Int($0)] }
        let job = table.jobs[safe: node].flatMap { jobs[safe: Int($0)] }
        let state = table.states[safe: node].flatMap { states[$0] }
        let condition = table.conditions[node]
        return words.indices.allSatisfy { index in
            if pool?[index] == true || job?[index] == true || state?[index] == true { return true }
            if Self.contains(table.ids[node].name, words[index]) { return true }
            guard let condition else { return false }
            return Self.contains(condition.kind.label, words[index]) || Self.contains(condition.text, words[index])
        }
    }

    /// Whether the text holds the word; letters of ASCII in either case.
    private static func contains(_ text: String, _ word: [UInt8]) -> Bool {
        let found = text.utf8.withContiguousStorageIfAvailable { contains($0, word) }
        return found ?? Array(text.utf8).withUnsafeBufferPointer { contains($0, word) }
    }

    private static func contains(_ text: UnsafeBufferPointer<UInt8>, _ word: [UInt8]) -> Bool {
        guard text.count >= word.count else { return false }
        for start in 0...(text.count - word.count) {
            var matched = 0
            while matched < word.count, lower(text[start + matched]) == word[matched] { matched += 1 }
            if matched == word.count { return true }
        }
        return false
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte | 32 : byte }
}
