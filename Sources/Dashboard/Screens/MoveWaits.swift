// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Whom the nodes of a move wait for: the jobs that run on those that drain, as the newest picture has them.
struct MoveWaits {
    struct Wait {
        var id: JobID
        var name: String
        var owner: String
        /// When its limit ends it; nil: it has none, or nobody says.
        var ends: PlantTime?
        var nodes: [NodeID]
    }

    /// The one that ends last first: until then the move cannot be over.
    let all: [Wait]
    private let now: PlantTime

    init(_ move: MoveStatus, on snapshot: FactorySnapshot) {
        now = snapshot.at
        var found: [JobID: Wait] = [:]
        let drains = move.units.filter { [.cordon, .drain].contains($0.step) && $0.phase == .running }
        if move.isOpen, !drains.isEmpty {
            let places = Dictionary(
                snapshot.nodes.ids.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            let jobs = Dictionary(snapshot.jobs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            for unit in drains {
                for (id, owner) in Self.holders(of: places[unit.node], snapshot) {
                    let job = jobs[id]
                    let none = Wait(
                        id: id, name: job?.name ?? "", owner: job?.owner ?? owner,
                        ends: job?.remaining.known.map { snapshot.at + $0 }, nodes: [])
                    found[id, default: none].nodes.append(unit.node)
                }
            }
        }
        all = found.values.sorted {
            let (left, right) = ($0.ends?.epoch ?? .infinity, $1.ends?.epoch ?? .infinity)
            return left == right ? $0.id.name < $1.id.name : left > right
        }
    }

    /// Everyone on a node where the scheduler's own words are at hand; else the one whose node it is.
    private static func holders(of place: Int?, _ snapshot: FactorySnapshot) -> [(JobID, String)] {
        guard let place else { return [] }
        if let allocation = snapshot.provenance.hosts(of: place).lazy.compactMap(\.allocation).first {
            return allocation.holders.map { ($0.job, $0.owner) }
        }
        guard let number = snapshot.nodes.jobs[safe: place], let job = snapshot.jobs[safe: Int(number)] else {
            return []
        }
        return [(job.id, job.owner)]
    }

    /// A line each, as far as there are rows; `limit` at most.
    func lines(limit: Int, width: Int) -> [TextLine] {
        let more = all.count - limit
        let shown = all.prefix(more > 0 ? limit - 1 : limit)
        let lines = shown.enumerated().flatMap { index, wait in
            TextLine.wrapped(
                "\(Self.name(wait)) on \(Words.ranges(wait.nodes, limit: 4)), \(end(wait))",
                head: index == 0 ? "WAITS for " : "          ", width: width, headRole: .title)
        }
        return lines + (more > 0 ? [TextLine("          and \(more + 1) more", .dim)] : [])
    }

    /// In few words, from long to short; empty: for nobody who is known.
    var brief: [String] {
        guard let first = all.first else { return [] }
        let others = all.count > 1 ? " +\(all.count - 1)" : ""
        let until = first.ends.map { " " + clock($0) } ?? ", no time limit"
        let owner = first.owner.isEmpty ? "" : " of \(first.owner)"
        return [
            "for \(Self.name(first))\(others)\(until)", "for \(first.id)\(owner)\(others)\(until)",
            "for \(first.id)\(owner)\(others)", "for \(first.id)\(others)",
        ]
    }

    private static func name(_ wait: Wait) -> String {
        let name = wait.name.isEmpty || wait.name == wait.id.name ? "" : " \(wait.name)"
        return "\(wait.id)\(name)\(wait.owner.isEmpty ? "" : " of \(wait.owner)")"
    }

    private func end(_ wait: Wait) -> String {
        wait.ends.map { "\(clock($0)) at the latest" } ?? "which has no time limit"
    }

    /// A time of day says nothing of another day.
    private func clock(_ end: PlantTime) -> String {
        end - now < Seconds(86_400) ? "until \(end.shortClock)Z" : "until \(end.iso8601.prefix(10))"
    }
}
