// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Where a plant stands: what the building and the grid add to it.
package struct SiteProfile: Sendable, Hashable {
    package var site: SiteID
    /// What the building draws over what the machines draw. Range 1 and more.
    package var pue: Double
    /// Unit: $ per kWh.
    package var energyPrice: Double
    /// Unit: grams of CO2 per kWh.
    package var carbon: Double

    package init(_ site: String, pue: Double, energyPrice: Double, carbon: Double) {
        self.site = SiteID(site)
        self.pue = pue
        self.energyPrice = energyPrice
        self.carbon = carbon
    }

    /// A colocation hall of no particular place: PUE in the middle of 1.1 to 1.55 (FACTORY.md section 4).
    package static let standard = SiteProfile("home", pue: 1.25, energyPrice: 0.08, carbon: 370)
    /// Industrial tariffs and grid mixes of 2024, rounded [IEA, Ember].
    package static let india = SiteProfile("india", pue: 1.5, energyPrice: 0.09, carbon: 700)
    package static let japan = SiteProfile("japan", pue: 1.3, energyPrice: 0.15, carbon: 480)
    package static let norway = SiteProfile("norway", pue: 1.1, energyPrice: 0.05, carbon: 30)
    package static let all = [standard, india, japan, norway]

    /// nil for a name that is not known.
    package static func named(_ name: String) -> SiteProfile? { all.first { $0.site.name == name } }
}
