// SPDX-License-Identifier: Apache-2.0

/// One line of the audit: append-only, hash-chained, on disk before anything acts.
package struct AuditRecord: Sendable, Codable, Hashable {
    /// The closed catalogue. Every `asked` is followed by exactly one ending of the same decision and command.
    package enum Kind: String, Sendable, Codable, Hashable, CaseIterable {
        case asked
        case accepted, refused, failed
        case step
        case verified, aborted, interrupted
        case held, released
        /// Who steers has changed.
        case helm
        /// A confirmed plan has to be approved by a second operator; and how that wait ended, where no move began at once.
        case waiting
        case approved, declined, withdrawn
        /// Nobody answered, or the plan or its daemon ended first.
        case lapsed

        /// Whether it ends what an `asked` began.
        package var endsAsked: Bool {
            switch self {
            case .accepted, .refused, .failed, .interrupted, .waiting, .approved, .declined, .withdrawn: true
            case .asked, .step, .verified, .aborted, .held, .released, .helm, .lapsed: false
            }
        }

        /// Whether it ends the wait for a second operator.
        package var endsWaiting: Bool {
            self == .approved || self == .declined || self == .withdrawn || self == .lapsed
        }
    }

    package var sequence: UInt64
    package var kind: Kind
    /// Wall clock, seconds since 1970.
    package var wall: Double
    package var at: PlantTime
    package var by: String
    package var decision: DecisionID?
    package var node: NodeID?
    package var step: MoveStep?
    package var mode: OperatingMode
    /// One sentence for people.
    package var text: String
    /// More for machines: plan, verdicts, confirmation, digest of the inputs. Sorted by key in the file.
    package var details: [String: String]
    /// Hash of the record before; empty for the first.
    package var previous: String
    /// SHA-256 over the canonical form of everything above, in hexadecimal.
    package var hash: String

    package init(
        sequence: UInt64, kind: Kind, wall: Double, at: PlantTime, by: String, decision: DecisionID?, node: NodeID?,
        step: MoveStep?, mode: OperatingMode, text: String, details: [String: String], previous: String, hash: String
    ) {
        self.sequence = sequence
        self.kind = kind
        self.wall = wall
        self.at = at
        self.by = by
        self.decision = decision
        self.node = node
        self.step = step
        self.mode = mode
        self.text = text
        self.details = details
        self.previous = previous
        self.hash = hash
    }
}
