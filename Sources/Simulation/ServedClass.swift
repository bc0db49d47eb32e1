// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// A class of requests that the plant serves: what it was promised, and on what.
struct ServedClass: Sendable {
    let serving: ServingClass
    let level: ServiceLevel
    let model: CapacityModel
    /// Part of the prompts found in the prefix cache. Range 0...1.
    let cached: Share
    /// A request that waits longer is shed: without a limit an overload would never end.
    let patience: Seconds

    /// TTFT and ITL of chat are the common defaults of 500 ms and 50 ms; thinking is promised its first token in 10 s.
    static let all: [ServedClass] = [
        ServedClass(
            serving: ServingClass("chat"),
            level: ServiceLevel(ttft: Seconds(0.5), itl: Seconds(0.05), target: Share(0.99)),
            model: CapacityModel(.llama70BOnH100), cached: Share(0.3), patience: Seconds(30)),
        ServedClass(
            serving: ServingClass("think"),
            level: ServiceLevel(ttft: Seconds(10), itl: Seconds(0.05), target: Share(0.99)),
            model: CapacityModel(.llama70BThinkingOnH100), cached: Share(0.1), patience: Seconds(60)),
    ]

    /// The classes that a plant of this size serves: each class needs a node of its own, and training one too.
    static func served(byNodes nodes: Int) -> [ServedClass] {
        nodes >= all.count + 1 ? all : Array(all.prefix(1))
    }

    /// Requests/s that one node serves within the class's level.
    func nodeRate(_ demand: ClassDemand) -> Double {
        model.maxRate(input: demand.input, output: demand.output, cached: cached, level: level).value
    }

    /// Nodes that this demand keeps busy at the level; not rounded.
    func nodesNeeded(_ demand: ClassDemand) -> Double {
        guard demand.rate > 0 else { return 0 }
        return demand.rate / max(nodeRate(demand), 1e-6)
    }
}
