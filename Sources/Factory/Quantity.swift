// SPDX-License-Identifier: Apache-2.0

/// The quantities that have a history. A new one is a case here and a row in `Quantity.table`.
package enum Quantity: String, Sendable, Hashable, CaseIterable {
    case decode, prefill, trained, waiting, wait, arrivals, ttft95, itl95, kvUse, power, utilisation
    case trainingNodes, inferenceNodes, pendingGPUs

    /// How entities of one kind are joined to their whole.
    package enum Aggregation: Sendable { case sum, mean, worst }
    /// What the quantity belongs to.
    package enum Entity: Sendable { case pool, plant }

    package struct Row: Sendable {
        package let quantity: Quantity
        /// As the screens and the help name it.
        package let name: String
        package let unit: String
        package let entity: Entity
        package let aggregation: Aggregation
    }

    package static let table: [Row] = [
        Row(quantity: .decode, name: "decode", unit: "tok/s", entity: .pool, aggregation: .sum),
        Row(quantity: .prefill, name: "prefill (uncached)", unit: "tok/s", entity: .pool, aggregation: .sum),
        Row(quantity: .trained, name: "trained", unit: "tok/s", entity: .plant, aggregation: .sum),
        Row(quantity: .waiting, name: "waiting requests", unit: "", entity: .pool, aggregation: .sum),
        Row(quantity: .wait, name: "queue", unit: "s", entity: .pool, aggregation: .worst),
        Row(quantity: .arrivals, name: "arrivals", unit: "req/s", entity: .pool, aggregation: .sum),
        Row(quantity: .ttft95, name: "TTFT p95", unit: "s", entity: .pool, aggregation: .worst),
        Row(quantity: .itl95, name: "ITL p95", unit: "s", entity: .pool, aggregation: .worst),
        Row(quantity: .kvUse, name: "KV cache used", unit: "%", entity: .pool, aggregation: .mean),
        Row(quantity: .power, name: "IT power", unit: "W", entity: .plant, aggregation: .sum),
        Row(quantity: .utilisation, name: "GPU utilisation", unit: "%", entity: .plant, aggregation: .mean),
        Row(quantity: .trainingNodes, name: "training nodes", unit: "", entity: .plant, aggregation: .sum),
        Row(quantity: .inferenceNodes, name: "inference nodes", unit: "", entity: .plant, aggregation: .sum),
        Row(quantity: .pendingGPUs, name: "GPUs asked by pending jobs", unit: "", entity: .plant, aggregation: .sum),
    ]
}

/// What a trend is of: a quantity of one pool, or of the whole plant.
package struct TrendKey: Sendable, Hashable {
    package var quantity: Quantity
    /// nil: the plant.
    package var pool: Pool?
    package init(_ quantity: Quantity, _ pool: Pool? = nil) {
        self.quantity = quantity
        self.pool = pool
    }
}

/// A quantity over time, evenly spaced. Storage is shared between snapshots.
package struct Trend: Sendable, Equatable {
    /// Plant seconds between two values.
    package var step: Seconds
    /// The moment of the last value.
    package var end: PlantTime
    /// Oldest first; NaN where nothing was known.
    package var values: [Float]

    package init(step: Seconds, end: PlantTime, values: [Float]) {
        self.step = step
        self.end = end
        self.values = values
    }
}
