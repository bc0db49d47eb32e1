// SPDX-License-Identifier: Apache-2.0

import Factory

/// What became of commands, by the ids that clients gave them: so that one is carried out once, and a client whose link
/// dropped can ask.
struct OutcomeBook {
    enum Standing {
        case unknown
        case pending
        case done(CommandOutcome)
    }

    /// More than this are forgotten, oldest first.
    static let limit = 4096

    private var entries: [String: CommandOutcome?] = [:]
    private var order: [String] = []

    subscript(id: String) -> Standing {
        guard let entry = entries[id] else { return .unknown }
        return entry.map(Standing.done) ?? .pending
    }

    mutating func begin(_ id: String) {
        entries[id] = .some(nil)
        order.append(id)
        if order.count > Self.limit { entries[order.removeFirst()] = nil }
    }

    mutating func end(_ id: String, _ outcome: CommandOutcome) {
        if entries[id] != nil { entries[id] = outcome }
    }
}
