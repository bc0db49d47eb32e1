// SPDX-License-Identifier: Apache-2.0

/// Something that changed in the plant: a line of the Events panel.
package struct FactoryEvent: Sendable, Codable, Hashable, Identifiable {
    /// The kinds; `isAbnormal` ones are coloured.
    package enum Kind: String, Sendable, Codable, Hashable, CaseIterable {
        case page = "PAGE"
        case failed = "FAILED"
        case stale = "STALE"
        /// A source that has never answered: nothing is known of it that could be old.
        case dead = "DEAD"
        case queue = "QUEUE"
        case slo = "SLO"
        case change = "CHANGE"
        case move = "MOVE"
        case checkpoint = "CKPT"
        case job = "JOB"
        case repaired = "REPAIR"
        case hold = "HOLD"
        case source = "SOURCE"
        /// An alert of the plant's own monitoring that does not wake anybody, and the end of one.
        case alert = "ALERT"

        package var isAbnormal: Bool {
            switch self {
            case .page, .failed, .stale, .dead, .queue, .slo, .hold: true
            case .change, .move, .checkpoint, .job, .repaired, .source, .alert: false
            }
        }
    }

    /// Grows by one from event to event within a source of events.
    package var id: UInt64
    package var at: PlantTime
    package var kind: Kind
    package var text: String
    package var node: NodeID?
    /// Whether it is the first of a chain of alarms: what to look at first.
    package var isFirstOut: Bool

    package init(
        id: UInt64, at: PlantTime, kind: Kind, text: String, node: NodeID? = nil, isFirstOut: Bool = false
    ) {
        self.id = id
        self.at = at
        self.kind = kind
        self.text = text
        self.node = node
        self.isFirstOut = isFirstOut
    }
}
