// SPDX-License-Identifier: Apache-2.0

import Factory

/// What became of commands, by the ids that clients gave them: so that one is carried out once, and a client whose link
/// dropped can ask. Each account has pages of its own: nobody's commands push out another's.
struct OutcomeBook {
    enum Standing {
        case unknown
        case pending
        case done(CommandOutcome)
    }

    /// A command of an account: nobody can ask after another account's.
    struct Name: Hashable {
        var account: String
        var id: String
    }

    /// Outcomes that are remembered of each account; more are forgotten, oldest first.
    static let limit = 512
    /// Commands that an account may have open: as many as its connections can ask at once.
    static let openLimit = ServerHub.limitEach * 16
    /// Accounts that are remembered; more are forgotten, the one that asked nothing for longest first.
    static let accounts = 256

    private struct Page {
        /// Never forgotten: the command may be carried out at this moment.
        var open: Set<String> = []
        var done: [String: CommandOutcome] = [:]
        /// Of the done ones, oldest first.
        var order: [String] = []
        var usedAt: UInt64 = 0
    }

    private var pages: [String: Page] = [:]
    private var uses: UInt64 = 0

    subscript(name: Name) -> Standing {
        guard let page = pages[name.account] else { return .unknown }
        if page.open.contains(name.id) { return .pending }
        return page.done[name.id].map(Standing.done) ?? .unknown
    }

    /// - Returns: why the command cannot be taken; nil when it is.
    mutating func begin(_ name: Name) -> String? {
        if pages[name.account] == nil { makeRoom() }
        uses += 1
        var page = pages[name.account] ?? Page()
        page.usedAt = uses
        defer { pages[name.account] = page }
        guard page.open.count < Self.openLimit else {
            return
                "\(page.open.count) commands of this account wait for their answers: nothing was sent; wait for them."
        }
        page.open.insert(name.id)
        return nil
    }

    mutating func end(_ name: Name, _ outcome: CommandOutcome) {
        guard pages[name.account]?.open.remove(name.id) != nil else { return }
        pages[name.account]?.done[name.id] = outcome
        pages[name.account]?.order.append(name.id)
        guard let order = pages[name.account]?.order, order.count > Self.limit else { return }
        pages[name.account]?.order.removeFirst()
        pages[name.account]?.done[order[0]] = nil
    }

    private mutating func makeRoom() {
        guard pages.count >= Self.accounts else { return }
        let idle = pages.filter { $0.value.open.isEmpty }.min { $0.value.usedAt < $1.value.usedAt }
        if let idle { pages[idle.key] = nil }
    }
}
