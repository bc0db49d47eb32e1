// SPDX-License-Identifier: Apache-2.0

import Factory

/// What a snapshot says of every quantity of the table: per pool, and joined for the plant.
///
/// Only fresh values count: a stale one is not what the plant does now. Shares run 0...1.
enum Samples {
    static func all(of snapshot: FactorySnapshot) -> [TrendKey: Float] {
        var samples: [TrendKey: Float] = [:]
        for row in Quantity.table {
            switch row.entity {
            case .plant: samples[TrendKey(row.quantity)] = plant(row.quantity, snapshot)
            case .pool:
                var known: [Float] = []
                for pool in snapshot.pools {
                    guard let value = self.pool(row.quantity, pool) else { continue }
                    samples[TrendKey(row.quantity, pool.pool)] = value
                    known.append(value)
                }
                samples[TrendKey(row.quantity)] = joined(known, row.aggregation)
            }
        }
        return samples
    }

    static func joined(_ values: [Float], _ aggregation: Quantity.Aggregation) -> Float? {
        guard !values.isEmpty else { return nil }
        return switch aggregation {
        case .sum: values.reduce(0, +)
        case .mean: values.reduce(0, +) / Float(values.count)
        case .worst: values.max()
        }
    }

    private static func pool(_ quantity: Quantity, _ pool: PoolState) -> Float? {
        switch quantity {
        case .decode: fresh(pool.decode)
        case .prefill: fresh(pool.prefill)
        case .waiting: fresh(pool.waiting)
        case .wait: fresh(pool.wait)
        case .arrivals: fresh(pool.arrivals)
        case .ttft95: fresh(pool.ttft95)
        case .itl95: fresh(pool.itl95)
        case .kvUse: fresh(pool.kvUse)
        case .trained, .power, .utilisation, .trainingNodes, .inferenceNodes, .pendingGPUs: nil
        }
    }

    private static func plant(_ quantity: Quantity, _ snapshot: FactorySnapshot) -> Float? {
        let known = snapshot.ledger.isKnown && snapshot.ledger.total > 0
        return switch quantity {
        case .trained: fresh(snapshot.trained)
        case .power: snapshot.nodes.power.sum().map { Float($0) }
        case .utilisation: snapshot.nodes.gpuUtilisation.mean().map { Float($0) }
        case .trainingNodes: known ? Float(snapshot.ledger[part: .training]) : nil
        case .inferenceNodes: known ? Float(snapshot.ledger[part: .inference]) : nil
        case .pendingGPUs: snapshot.training?.askedGPUs.map { Float($0) }
        case .decode, .prefill, .waiting, .wait, .arrivals, .ttft95, .itl95, .kvUse: nil
        }
    }

    private static func fresh<M: Measure>(_ reading: Reading<M>) -> Float? {
        if case .fresh(let value) = reading { Float(value.value) } else { nil }
    }
}
