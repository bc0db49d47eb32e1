// SPDX-License-Identifier: Apache-2.0

/// How the connection to a plant elsewhere stands.
package enum LinkState: Sendable, Hashable {
    case up
    /// For how long, and why, in a sentence.
    case lost(for: Seconds, why: String)
}

/// Somebody who is attached to a plant.
package struct Attached: Sendable, Hashable {
    package var name: String
    /// `operator`, `viewer`.
    package var role: String
    package var uid: UInt32
    /// 0 where the kernel does not say.
    package var pid: Int32
    /// Wall clock, seconds since 1970.
    package var since: Double
    /// `attach`, `who`.
    package var program: String
    /// Tells the sessions of one person apart.
    package var session: String
    /// Whether it is the one who asks.
    package var isYou: Bool
    /// The address that their ssh session came from; empty: unknown.
    package var origin: String

    package init(
        name: String, role: String, uid: UInt32, pid: Int32, since: Double, program: String, session: String,
        isYou: Bool, origin: String = ""
    ) {
        self.origin = origin
        self.name = name
        self.role = role
        self.uid = uid
        self.pid = pid
        self.since = since
        self.program = program
        self.session = session
        self.isYou = isYou
    }
}
