// SPDX-License-Identifier: Apache-2.0

extension NodeQuantity {
    /// What is remembered of every node and of every accelerator.
    package static let remembered: [NodeQuantity] = [.gpuUtilisation, .tensorActive, .gpuMemory, .power]

    /// Every node wavers by more than its scale's steps; what wavers less is seen in the numbers beside the graph.
    package var scale: SampleScale { self == .power ? .coarse : .share }

    /// The same of one accelerator.
    package func accelerators(in table: GPUTable) -> Column? {
        switch self {
        case .power: table.power
        case .gpuUtilisation: table.utilisation
        case .tensorActive: table.tensorActive
        case .gpuMemory: table.memory
        case .temperature: table.temperature
        case .powerLimit, .cpu, .memory: nil
        }
    }
}

/// How far back the graphs of a node reach. On a simulated plant the spans are of wall time: they hold as many plant seconds
/// as pass in them.
package enum TrendReach: String, Sendable, Codable, Hashable, CaseIterable {
    /// 5 min in seconds.
    case recent
    /// 60 min in steps of 10 s.
    case hour

    package var count: Int { self == .recent ? 300 : 360 }
    /// Unit: wall seconds.
    package var step: Seconds { Seconds(self == .recent ? 1 : 10) }
}

/// Whose past somebody looks at: a node, or one of its accelerators.
package struct PastSubject: Sendable, Hashable {
    package var node: NodeID
    /// Counted from 0 within the node; nil: the node.
    package var gpu: Int?
    package init(_ node: NodeID, gpu: Int? = nil) {
        self.node = node
        self.gpu = gpu
    }
}

/// What a trend of a node or an accelerator is of.
package struct NodeTrendKey: Sendable, Hashable {
    package var subject: PastSubject
    package var quantity: NodeQuantity
    package var reach: TrendReach

    package init(_ subject: PastSubject, _ quantity: NodeQuantity, _ reach: TrendReach) {
        self.subject = subject
        self.quantity = quantity
        self.reach = reach
    }

    /// `node.power.recent su01-n03`, `gpu3.power.hour su01-n03`.
    package var name: String {
        "\(subject.gpu.map { "gpu\($0)" } ?? "node").\(quantity.rawValue).\(reach.rawValue) \(subject.node)"
    }

    package init?(name: String) {
        let parts = name.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        let words = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, words.count == 3, let quantity = NodeQuantity(rawValue: String(words[1])),
            let reach = TrendReach(rawValue: String(words[2]))
        else { return nil }
        self.init(PastSubject(NodeID(String(parts[1]))), quantity, reach)
        if words[0] == "node" { return }
        guard words[0].hasPrefix("gpu"), let gpu = Int(words[0].dropFirst(3)), gpu >= 0 else { return nil }
        subject.gpu = gpu
    }
}

extension TrendKey {
    /// `decode inference/chat`, `power`.
    package var name: String { pool.map { "\(quantity.rawValue) \($0)" } ?? quantity.rawValue }

    package init?(name: String) {
        let parts = name.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let quantity = Quantity(rawValue: String(first)) else { return nil }
        self.init(quantity, parts.count > 1 ? Pool(described: String(parts[1])) : nil)
    }
}
