// SPDX-License-Identifier: Apache-2.0

/// The name of a node, unique in its plant.
package struct NodeID: Sendable, Codable, Hashable, Comparable, CustomStringConvertible {
    package let name: String
    package init(_ name: String) { self.name = name }
    package var description: String { name }
    package static func < (left: NodeID, right: NodeID) -> Bool { left.name < right.name }
}

/// The scheduler's name of a job.
package struct JobID: Sendable, Codable, Hashable, CustomStringConvertible {
    package let name: String
    package init(_ name: String) { self.name = name }
    package var description: String { name }
}

/// A decision of an operator to move capacity, in the order it was asked: `d-12`. It names the plan before, and the move after, it is confirmed.
package struct DecisionID: Sendable, Codable, Hashable, Comparable, CustomStringConvertible {
    package let number: Int
    package init(_ number: Int) { self.number = number }

    /// Reads `d-12`, `d12` or `12`.
    package init?(parsing text: String) {
        let digits = text.hasPrefix("d-") ? text.dropFirst(2) : text.hasPrefix("d") ? text.dropFirst() : text[...]
        guard let number = Int(digits), number > 0 else { return nil }
        self.number = number
    }

    package var description: String { "d-\(number)" }
    package static func < (left: DecisionID, right: DecisionID) -> Bool { left.number < right.number }
}

/// Counts changes of *allocation*, not polls: a plan made on another revision is outdated.
package struct AllocationRevision: Sendable, Codable, Hashable, Comparable {
    package var number: UInt64
    package init(_ number: UInt64) { self.number = number }
    package static func < (left: AllocationRevision, right: AllocationRevision) -> Bool { left.number < right.number }
}

/// Who asks for something.
package struct Operator: Sendable, Codable, Hashable {
    package var name: String
    /// A viewer may look at everything and change nothing.
    package var mayAct: Bool
    package init(name: String, mayAct: Bool) {
        self.name = name
        self.mayAct = mayAct
    }
}

/// A class of inference requests with its own service level: `chat`, `think`.
package struct ServingClass: Sendable, Codable, Hashable, Comparable, CustomStringConvertible {
    package let name: String
    package init(_ name: String) { self.name = name }
    package var description: String { name }
    package static func < (left: ServingClass, right: ServingClass) -> Bool { left.name < right.name }
}

/// What a node's work belongs to; the two ends of every move.
package enum Pool: Sendable, Codable, Hashable, CustomStringConvertible {
    case training
    case inference(ServingClass)
    case spare

    /// `training`, `inference/think`, `spare`: the way every screen, command and record writes it.
    package var description: String {
        switch self {
        case .training: "training"
        case .inference(let serving): "inference/\(serving.name)"
        case .spare: "spare"
        }
    }

    /// `training`, `think`, `spare`: for narrow columns.
    package var shortName: String {
        if case .inference(let serving) = self { serving.name } else { description }
    }

    package var servingClass: ServingClass? {
        if case .inference(let serving) = self { serving } else { nil }
    }

    /// Reads what `description` writes.
    package init(described text: String) {
        let inference = "inference/"
        if text.hasPrefix(inference) {
            self = .inference(ServingClass(String(text.dropFirst(inference.count))))
        } else {
            self = text == "training" ? .training : .spare
        }
    }
}
