// SPDX-License-Identifier: Apache-2.0

/// Money. Unit: US dollars.
package struct Dollars: Measure {
    package var value: Double
    package init(_ value: Double) { self.value = value }
    package static let symbol = "$"
}

/// Energy's yield. Unit: tokens per joule.
package struct TokensPerJoule: Measure {
    package var value: Double
    package init(_ value: Double) { self.value = value }
    package static let symbol = "tok/J"
}

/// What one class earns and costs.
package struct ClassEconomy: Sendable, Codable, Hashable {
    package var serving: ServingClass
    /// What a million output tokens sell for.
    package var pricePerMtok: Reading<Dollars> = .missing
    /// What a million output tokens cost, idle nodes of the class included.
    package var costPerMtok: Reading<Dollars> = .missing
    /// Per hour, at the present rate; only tokens of requests that met their level are paid.
    package var revenue: Reading<Dollars> = .missing
    /// Per hour, at the present rate.
    package var margin: Reading<Dollars> = .missing
    /// Output tokens per joule of IT power of the class's nodes.
    package var yield: Reading<TokensPerJoule> = .missing

    package init(_ serving: ServingClass) { self.serving = serving }
}

/// Money and energy of a plant, at the present rates.
package struct Economy: Sendable, Codable, Hashable {
    /// What the machines draw.
    package var itPower: Reading<Watts> = .missing
    /// Power usage effectiveness: what the building draws over what the machines draw. Range 1 and more.
    package var pue: Reading<Count> = .missing
    /// The most the machines may draw; missing: no cap.
    package var cap: Reading<Watts> = .missing
    /// Whether the cap holds the machines back now.
    package var isCapped = false
    /// Output tokens/s per megawatt drawn by the building.
    package var perMegawatt: Reading<TokensPerSecond> = .missing
    /// Output tokens per joule of IT power, over the serving nodes.
    package var yield: Reading<TokensPerJoule> = .missing
    /// What a million output tokens cost, idle serving nodes included.
    package var costPerMtok: Reading<Dollars> = .missing
    /// Per hour: all accelerators of the plant at their price, energy included in it or beside it as `energyCost`.
    package var cost: Reading<Dollars> = .missing
    /// Per hour, part of `cost`.
    package var energyCost: Reading<Dollars> = .missing
    package var revenue: Reading<Dollars> = .missing
    package var margin: Reading<Dollars> = .missing
    /// Per kWh.
    package var energyPrice: Reading<Dollars> = .missing
    /// Unit: grams of CO2 per kWh.
    package var carbon: Reading<Count> = .missing
    /// In the order of the snapshot's classes.
    package var classes: [ClassEconomy] = []

    package init() {}

    /// What the cap leaves; negative above it.
    package var headRoom: Reading<Watts> {
        guard let cap = cap.known, let power = itPower.known else { return .missing }
        return .fresh(cap - power)
    }
}
