// SPDX-License-Identifier: Apache-2.0

import Factory

/// Writes jobs: names, owners, sizes and lengths, seeded.
struct JobBook: Sendable {
    private var dice: Dice
    private var number: Int
    /// How many jobs of a name were written: names are unique, because operators type them to confirm.
    private var written: [String: Int] = [:]

    /// A kind of training and what it looks like.
    private struct Kind: Sendable {
        let name: String
        let kind: JobState.Kind
        let parameters: Double
        /// MFU: Llama 3 405B ~ 40 %; post-training and small models less.
        let utilisation: Double
        let owners: [String]
    }

    private static let rigid = [
        Kind(name: "pre-m", kind: .pretraining, parameters: 70e9, utilisation: 0.40, owners: ["nlp1", "base"]),
        Kind(name: "moe-x", kind: .pretraining, parameters: 37e9, utilisation: 0.34, owners: ["base"]),
        Kind(name: "vlm-p", kind: .pretraining, parameters: 32e9, utilisation: 0.36, owners: ["vision"]),
        Kind(name: "eval-n", kind: .evaluation, parameters: 70e9, utilisation: 0.22, owners: ["eval", "safety"]),
    ]
    private static let elastic = [
        Kind(name: "rl-r", kind: .reinforcement, parameters: 70e9, utilisation: 0.28, owners: ["nlp1", "agents"]),
        Kind(name: "sft-v", kind: .fineTuning, parameters: 70e9, utilisation: 0.36, owners: ["nlp1", "code"]),
        Kind(name: "asr-f", kind: .fineTuning, parameters: 8e9, utilisation: 0.33, owners: ["audio"]),
    ]

    init(seed: UInt64) {
        dice = Dice(seed: seed, stream: 2)
        number = 70_900 + dice.index(below: 90)
    }

    /// A job that runs on `nodes`: rigid, or elastic from six tenths of them to a quarter more.
    mutating func job(nodes: Int, elastic: Bool, kind: Int, since: Double) -> JobRequest {
        let kinds = elastic ? Self.elastic : Self.rigid
        let kind = kinds[kind % kinds.count]
        let least = elastic ? max(1, Int((Double(nodes) * 0.6).rounded())) : nodes
        return JobRequest(
            id: nextID(), name: nextName(kind.name),
            owner: kind.owners[dice.index(below: kind.owners.count)], kind: kind.kind, minNodes: least,
            maxNodes: elastic ? max(nodes + 1, Int((Double(nodes) * 1.25).rounded())) : nodes,
            parameters: kind.parameters, utilisation: kind.utilisation,
            work: dice.between(6, 60) * 3600, since: since)
    }

    /// A notebook somebody forgot: holds a node, trains nothing.
    mutating func notebook(since: Double) -> JobRequest {
        JobRequest(
            id: nextID(), name: nextName("notebook"), owner: "vision", kind: .interactive, minNodes: 1, maxNodes: 1,
            parameters: 0,
            utilisation: 0,
            work: dice.between(3, 9) * 3600, since: since)
    }

    /// The nodes that read, clean and deduplicate raw data: they keep nothing, so that taking one loses nothing.
    mutating func curation(nodes: Int, since: Double) -> JobRequest {
        JobRequest(
            id: nextID(), name: nextName("curate-"), owner: "data", kind: .curation, minNodes: 1,
            maxNodes: nodes + max(1, nodes / 2), parameters: 0, utilisation: 0, work: 1e9, since: since)
    }

    /// The fine-tune that the flywheel asks for once its buffer is full.
    mutating func fineTune(nodes: Int, seconds: Double, since: Double) -> JobRequest {
        JobRequest(
            id: nextID(), name: nextName("fly-"), owner: "flywheel", kind: .fineTuning, minNodes: nodes,
            maxNodes: nodes + 1, parameters: 70e9, utilisation: 0.36, work: seconds, since: since)
    }

    /// A job that joins the queue: mostly small ones, few large [Philly].
    mutating func submitted(largest: Int, at now: Double) -> JobRequest {
        let size = Int(dice.exponential(mean: Double(largest) / 2).rounded(.up))
        return job(
            nodes: min(largest, max(1, size)), elastic: dice.unit() < 0.5, kind: dice.index(below: 12), since: now)
    }

    mutating func between(_ low: Double, _ high: Double) -> Double { dice.between(low, high) }
    mutating func exponential(mean: Double) -> Double { dice.exponential(mean: mean) }

    private mutating func nextName(_ stem: String) -> String {
        let count = (written[stem] ?? dice.index(below: 6)) + 1
        written[stem] = count
        return stem + String(count)
    }

    private mutating func nextID() -> JobID {
        number += 3 + dice.index(below: 37)
        return JobID(String(number))
    }

    /// Splits nodes into gangs of falling size: three fifths, then three fifths of the rest, at most `largest`.
    static func sizes(of nodes: Int, largest: Int) -> [Int] {
        var left = nodes
        var sizes: [Int] = []
        while left > 0 {
            let part = left <= 3 ? left : min(largest, (left * 3 + 4) / 5)
            sizes.append(part)
            left -= part
        }
        return sizes
    }
}
