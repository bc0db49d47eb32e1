// SPDX-License-Identifier: Apache-2.0

import Factory

/// Answers on the past of several products, put together as what graphs show: by class, and of the plant.
struct PastReading: Sendable {
    private struct Part {
        var question: PastQueries.Question
        var model: String
        var values: [Float]
    }

    private let from: Double
    private let step: Double
    private let count: Int
    private var parts: [Part] = []
    /// Series of one answer that are taken in: each takes a column of the graphs.
    private static let seriesLimit = 2000

    /// - Parameters:
    ///   - from: the first moment, by the server's clock.
    ///   - step: between two values. Unit: s.
    init(from: Double, to: Double, step: Double) {
        self.from = from
        self.step = step
        count = max(0, Int((to - from) / step) + 1)
    }

    mutating func add(_ reply: QueryReply, to question: PastQueries.Question) {
        for series in reply.result.prefix(Self.seriesLimit) {
            var values = [Float](repeating: .nan, count: count)
            for sample in series.values ?? [] {
                let place = ((sample.time - from) / step).rounded()
                guard place >= 0, place < Double(count) else { continue }
                let value = sample.value
                guard (0..<1e30).contains(value), !(question.isAtEnd && value == 0) else { continue }
                values[Int(place)] = Float(value)
            }
            let label = question.product.modelLabel.flatMap { series.metric["\($0)"] } ?? ""
            let model = question.product.model(label)
            parts.append(
                Part(question: question, model: model.isEmpty ? question.product.rawValue : model, values: values))
        }
    }

    /// - Parameter offset: what the server's clock is ahead of this host's. Unit: s.
    func trends(offset: Double) -> [TrendKey: Trend] {
        var trends: [TrendKey: Trend] = [:]
        func put(_ key: TrendKey, _ values: [Float]) {
            guard values.contains(where: { !$0.isNaN }) else { return }
            let end = PlantTime(epoch: from + Double(count - 1) * step - offset)
            trends[key] = Trend(step: Seconds(step), end: end, values: values)
        }
        for row in Quantity.table {
            let own = parts.filter { $0.question.quantity == row.quantity }
            guard !own.isEmpty else { continue }
            switch row.entity {
            case .plant: put(TrendKey(row.quantity), joined(accelerators(own).map(\.values), row.aggregation))
            case .pool:
                let classes = Dictionary(grouping: own) { className(of: $0, among: own) }
                var all: [[Float]] = []
                for (name, members) in classes.sorted(by: { $0.key < $1.key }) {
                    let values = values(of: members, row)
                    put(TrendKey(row.quantity, .inference(ServingClass(name))), values)
                    all.append(values)
                }
                put(TrendKey(row.quantity), joined(all, row.aggregation))
            }
        }
        return trends
    }

    /// Triton tells of the GPUs that DCGM tells of as well.
    private func accelerators(_ own: [Part]) -> [Part] {
        let others = own.filter { $0.question.product != .triton }
        return others.isEmpty ? own : others
    }

    /// A frontend may name by its path what the engine behind it names by the last part.
    private func className(of part: Part, among all: [Part]) -> String {
        guard part.question.product.isFrontend else { return part.model }
        let own = Set(parts.filter { !$0.question.product.isFrontend }.map(\.model))
        let last = String(part.model.split(separator: "/").last ?? "")
        return !own.contains(part.model) && own.contains(last) ? last : part.model
    }

    /// Behind a frontend its engines count, where they speak; what users wait for is the frontend's to say.
    private func values(of members: [Part], _ row: Quantity.Row) -> [Float] {
        let fronts = joined(members.filter(\.question.product.isFrontend).map(\.values), row.aggregation)
        let backs = joined(members.filter { !$0.question.product.isFrontend }.map(\.values), row.aggregation)
        let frontsFirst = row.quantity == .ttft95 || row.quantity == .itl95
        let (first, second) = frontsFirst ? (fronts, backs) : (backs, fronts)
        return first.isEmpty ? second : second.isEmpty ? first : zip(first, second).map { $0.isNaN ? $1 : $0 }
    }

    private func joined(_ all: [[Float]], _ aggregation: Quantity.Aggregation) -> [Float] {
        guard let first = all.first else { return [] }
        return first.indices.map { index in
            let known = all.map { $0[index] }.filter { !$0.isNaN }
            guard !known.isEmpty else { return .nan }
            return switch aggregation {
            case .sum: known.reduce(0, +)
            case .mean: known.reduce(0, +) / Float(known.count)
            case .worst: known.max() ?? .nan
            }
        }
    }
}
