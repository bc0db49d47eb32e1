// SPDX-License-Identifier: Apache-2.0

import Factory

/// A pool as a person types it: `training`, `spare`, `inference`, `inference/think` or `think`.
enum PoolArgument: Equatable {
    case pool(Pool)
    /// Any serving class: the planner takes the one with the worst service level.
    case anyClass

    init(_ text: String) {
        switch text {
        case "training": self = .pool(.training)
        case "spare": self = .pool(.spare)
        case "inference": self = .anyClass
        default:
            let name = text.hasPrefix("inference/") ? String(text.dropFirst("inference/".count)) : text
            self = .pool(.inference(ServingClass(name)))
        }
    }

    /// The pool on this plant.
    ///
    /// - Returns: nil for any class.
    /// - Throws: `Complaint` that lists the pools there are.
    func pool(on snapshot: FactorySnapshot, flag: String) throws -> Pool? {
        guard case .pool(let pool) = self else { return nil }
        guard snapshot.pools.contains(where: { $0.pool == pool }) else {
            let there = snapshot.pools.map(\.pool.description).joined(separator: ", ")
            throw Complaint(
                "\(flag): there is no pool '\(pool.shortName)'; this plant has: \(there.isEmpty ? "none that a source speaks of" : there)",
                .usage)
        }
        return pool
    }
}
