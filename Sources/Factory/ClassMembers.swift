// SPDX-License-Identifier: Apache-2.0

/// The engines of one class, and whose word on each number counts.
package struct ClassMembers: Sendable {
    /// Those that have spoken within ten polls; where none has, all.
    package let all: [EngineFacts]
    private let fronts: [EngineFacts]
    private let backs: [EngineFacts]

    /// So many times the span after which it is stale an engine counts on.
    static let forgetAfter = 5.0

    init(_ engines: [EngineFacts], now: PlantTime) {
        let recent = engines.filter { now - $0.at <= $0.staleAfter * Self.forgetAfter }
        all = recent.isEmpty ? engines : recent
        fronts = all.filter(\.isFrontend)
        backs = all.filter { !$0.isFrontend }
    }

    /// Behind a frontend stand its engines: where they say it too, they count.
    package func counted(_ path: KeyPath<EngineFacts, Double?>) -> [EngineFacts] {
        backs.contains { $0[keyPath: path] != nil } ? backs : fronts.isEmpty ? backs : fronts
    }

    /// Who says what users wait: the frontend, where it does.
    package var watching: [EngineFacts] { fronts.contains { $0.ttft != nil || $0.itl != nil } ? fronts : all }

    /// Whoever stands nearest to the users knows best how their requests end.
    package var ending: [EngineFacts] { fronts.contains { $0.finished != nil } ? fronts : backs }
}
