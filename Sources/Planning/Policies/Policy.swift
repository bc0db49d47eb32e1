// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What decides on moves by itself, in trials on a simulated plant: it sees what an operator sees, and no future.
///
/// What it wants goes through the planner and its rails like everybody's drafts: a rail that refuses, refuses it too.
package protocol Policy: Sendable {
    /// For flags and tables: `threshold`.
    var name: String { get }

    /// What it would do now, the most urgent first; asked about once a minute of the plant's clock.
    ///
    /// - Parameter snapshot: of that moment, its moves included.
    mutating func decide(_ snapshot: FactorySnapshot) -> [Draft]
}

/// The split of the start stays.
package struct StaticPolicy: Policy {
    package let name = "static"
    package init() {}
    package func decide(_ snapshot: FactorySnapshot) -> [Draft] { [] }
}

/// How much of its capacity a class uses, remembered over some minutes.
struct LoadMemory: Sendable {
    private var arrivals: [(at: PlantTime, rate: Double)] = []
    private let span: Seconds

    init(over span: Seconds) { self.span = span }

    mutating func take(_ rate: Double, at now: PlantTime) {
        arrivals.removeAll { now - $0.at > span || $0.at > now }
        arrivals.append((now, rate))
    }

    /// The highest rate of the last so many seconds.
    func highest(of last: Seconds, at now: PlantTime) -> Double {
        arrivals.reduce(0) { now - $1.at <= last ? max($0, $1.rate) : $0 }
    }

    /// Since how long rates are known.
    func age(at now: PlantTime) -> Seconds { arrivals.first.map { now - $0.at } ?? .zero }
}
