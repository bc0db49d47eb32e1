// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// A class of requests that the plant serves: what it was promised, and on what.
struct ServedClass: Sendable {
    let serving: ServingClass
    let level: ServiceLevel
    let model: CapacityModel
    /// Part of the prompts found in an unhurried prefix cache. Range 0...1.
    let cached: Share
    /// A request that waits longer is shed: without a limit an overload would never end.
    let patience: Seconds
    /// How the lengths of prompts and answers spread around their means.
    let input: LengthSpread
    let output: LengthSpread
    /// What a million output tokens sell for. Unit: $. Public price lists of 2025, rounded.
    let price: Double

    /// Every class on the standard hardware, in alphabetical order: the order of rows of traffic.
    static let all = all(on: .h100)

    /// TTFT and ITL of chat are the common defaults of 500 ms and 50 ms; thinking is promised its first token in 10 s,
    /// an image in 2; bulk work is promised no time at all. Spreads: Azure conversation and code, ServeGen's reasoning
    /// (FACTORY.md section 4).
    static func all(on hardware: Hardware) -> [ServedClass] {
        let chat = ServingProfile(.medium, on: hardware)
        let thinker: ModelProfile = ModelProfile.reasoning.fits(hardware) ? .reasoning : .medium
        return [
            ServedClass(
                serving: bulk, level: ServiceLevel(ttft: nil, itl: Seconds(0.1), target: Share(0.95)),
                model: CapacityModel(ServingProfile(.small, on: hardware)), cached: Share(0.4), patience: Seconds(1800),
                input: LengthSpread(1.36), output: LengthSpread(0.85), price: 0.2),
            ServedClass(
                serving: conversation, level: ServiceLevel(ttft: Seconds(0.5), itl: Seconds(0.05), target: Share(0.99)),
                model: CapacityModel(chat), cached: Share(0.3), patience: Seconds(30), input: LengthSpread(0.99),
                output: LengthSpread(0.86), price: 0.9),
            ServedClass(
                serving: image, level: ServiceLevel(ttft: Seconds(2), itl: Seconds(0.05), target: Share(0.99)),
                model: CapacityModel(ServingProfile(.medium, on: hardware, purpose: " vision")), cached: .zero,
                patience: Seconds(60), input: LengthSpread(0.5), output: LengthSpread(0.6), price: 1.2),
            ServedClass(
                serving: think, level: ServiceLevel(ttft: Seconds(10), itl: Seconds(0.05), target: Share(0.99)),
                model: CapacityModel(
                    ServingProfile(thinker, on: hardware, drain: Seconds(360), purpose: " thinking")),
                cached: Share(0.1), patience: Seconds(60), input: LengthSpread(1.0), output: LengthSpread(1.07),
                price: 2.2),
        ]
    }

    private static let bulk = ServingClass("bulk")
    private static let conversation = ServingClass("chat")
    private static let image = ServingClass("image")
    private static let think = ServingClass("think")
    /// Below so many nodes a plant serves chat and think alone: each class needs a node of its own.
    private static let nodesForAll = 16

    /// The classes that a plant of this size serves; training needs a node too.
    static func served(byNodes nodes: Int, on hardware: Hardware = .h100) -> [ServedClass] {
        let all = all(on: hardware)
        if nodes >= nodesForAll { return all }
        let few = nodes >= 3 ? [conversation, think] : [conversation]
        return all.filter { few.contains($0.serving) }
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
