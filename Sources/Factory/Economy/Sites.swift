// SPDX-License-Identifier: Apache-2.0

/// The name of a site: `india`, `norway`.
package struct SiteID: Sendable, Codable, Hashable, Comparable, CustomStringConvertible {
    package let name: String
    package init(_ name: String) { self.name = name }
    package var description: String { name }
    package static func < (left: SiteID, right: SiteID) -> Bool { left.name < right.name }
}

/// One site of a factory in a row: what tells whether one has to go there. Moves never leave a site.
package struct SiteState: Sendable, Codable, Hashable {
    package var site: SiteID
    package var at: PlantTime
    package var ledger = Ledger()
    package var decode: Reading<TokensPerSecond> = .missing
    package var prefill: Reading<TokensPerSecond> = .missing
    package var trained: Reading<TokensPerSecond> = .missing
    /// The class whose level is worst, and whether it is missed.
    package var worstClass: ServingClass?
    package var isHurt = false
    /// Attainment of that class over five minutes.
    package var attainment: Reading<Share> = .missing
    /// Its queue in seconds of work.
    package var wait: Reading<Seconds> = .missing
    package var moves = 0
    package var economy: Economy?

    package init(_ site: SiteID, at: PlantTime) {
        self.site = site
        self.at = at
    }
}
