// SPDX-License-Identifier: Apache-2.0

/// Fits a trace to a plant: traffic recorded elsewhere says how demand moves, not how much of this plant it needs.
enum DemandScale {
    /// The factor at which the 99th percentile of the traffic needs this share of the nodes.
    ///
    /// Needed are, row by row, the nodes that the mean rates of all classes keep busy at their service level.
    static func fitting(_ traffic: Traffic, to classes: [ServedClass], nodes: Int, share: Double) -> Double {
        let peak = percentile99(of: nodesNeeded(traffic, by: classes))
        return peak > 0 ? share * Double(nodes) / peak : 1
    }

    /// Nodes needed by each row of the traffic's sample, unscaled.
    static func nodesNeeded(_ traffic: Traffic, by classes: [ServedClass]) -> [Double] {
        let places = classes.map { traffic.index(of: $0.serving) }
        return traffic.sample().map { row in
            zip(classes, places).reduce(0) { sum, pair in sum + (pair.1.map { pair.0.nodesNeeded(row[$0]) } ?? 0) }
        }
    }

    static func percentile99(of values: [Double]) -> Double {
        let sorted = values.sorted()
        guard let last = sorted.indices.last else { return 0 }
        return sorted[min(last, Int((Double(sorted.count) * 0.99).rounded(.down)))]
    }
}
