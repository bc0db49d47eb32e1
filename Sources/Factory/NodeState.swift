// SPDX-License-Identifier: Apache-2.0

/// Where a node stands, between moves and within one.
package enum NodeState: String, Sendable, Codable, Hashable, CaseIterable {
    case serving, cordoned, draining, unloading
    case joining, restarting, training, checkpointing
    case releasing, loading, warming, canary
    case spare, failed
    /// No source says what the node does: the state of every host that only exporters describe.
    case unknown
    /// It would work and may not: drained by an administrator, in maintenance, switched off.
    case out

    /// The line of the ledger that counts a node of this state.
    package var ledger: LedgerState {
        switch self {
        case .serving: .serving
        case .cordoned, .draining, .unloading: .draining
        case .releasing, .loading: .loading
        case .warming, .canary: .warming
        case .training, .checkpointing: .training
        case .joining, .restarting: .restarting
        case .spare: .spare
        case .failed: .failed
        case .unknown: .unknown
        case .out: .out
        }
    }

    /// The word the node list prints, at most nine columns.
    package var label: String {
        switch self {
        case .checkpointing: "CKPT"
        case .restarting: "RESTART"
        case .unknown: "-"
        default: rawValue.uppercased()
        }
    }
}

/// One line of the capacity ledger.
package enum LedgerState: String, Sendable, Hashable, CaseIterable {
    case serving, draining, loading, warming, training, restarting, spare, failed, unknown, out

    /// The part of the allocation that the line belongs to.
    package var allocation: AllocationPart {
        switch self {
        case .serving: .inference
        case .training: .training
        case .draining, .loading, .warming, .restarting: .inTransit
        case .spare: .spare
        case .failed: .failed
        case .unknown: .unknown
        case .out: .out
        }
    }
}

/// The five parts that a plant's nodes always sum to, the part that no source speaks of, and what is out of use.
package enum AllocationPart: String, Sendable, Hashable, CaseIterable {
    case training, inference, inTransit = "in_transit", spare, failed, unknown, out
}

/// How many nodes stand where. The lines always sum to `total`.
package struct Ledger: Sendable, Codable, Hashable {
    private var counts = [Int](repeating: 0, count: LedgerState.allCases.count)

    package init() {}

    /// A count that another version does not know is dropped, one that it does not say is 0.
    package init(from decoder: any Decoder) throws {
        let said = try decoder.singleValueContainer().decode([Int].self)
        for index in counts.indices.prefix(said.count) { counts[index] = said[index] }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(counts)
    }

    package init(counting states: [NodeState]) {
        for state in states { self[state.ledger] += 1 }
    }

    package subscript(state: LedgerState) -> Int {
        get { counts[Self.index(state)] }
        set { counts[Self.index(state)] = newValue }
    }

    package subscript(part part: AllocationPart) -> Int {
        LedgerState.allCases.reduce(0) { $0 + ($1.allocation == part ? self[$1] : 0) }
    }

    package var total: Int { counts.reduce(0, +) }

    /// Whether any source says what the nodes do; if not, every count but the total is unknown.
    package var isKnown: Bool { total == 0 || self[LedgerState.unknown] < total }

    private static func index(_ state: LedgerState) -> Int {
        switch state {
        case .serving: 0
        case .draining: 1
        case .loading: 2
        case .warming: 3
        case .training: 4
        case .restarting: 5
        case .spare: 6
        case .failed: 7
        case .unknown: 8
        case .out: 9
        }
    }
}
