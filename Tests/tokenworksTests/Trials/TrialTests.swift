// SPDX-License-Identifier: Apache-2.0

import Factory
import Foundation
import Planning
import Simulation
import Testing

@testable import tokenworks

@Suite("Policies on trial")
struct TrialTests {
    private func trial(_ nodes: Int = 32, seed: UInt64 = 3, hours: Double = 3) -> Trial {
        Trial(
            settings: SimulationSettings(nodes: nodes, seed: seed), traffic: .generated(seed: seed),
            length: hours * 3600, rails: RailSettings())
    }

    private static func text(_ lines: [TrialLine]) throws -> [String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return try lines.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
    }

    @Test(
        "the same seed gives the same lines to the byte; another seed does not",
        arguments: ["threshold", "proportional"])
    func repeats(_ name: String) async throws {
        var runs: [[String]] = []
        for seed: UInt64 in [3, 3, 4] {
            var lines: [TrialLine] = []
            let policy = try #require(Policies.named(name))
            let result = try await trial(seed: seed).run(policy) { lines.append($0) }
            runs.append(try Self.text(lines + [.summary(result)]))
        }
        #expect(runs[0] == runs[1])
        #expect(runs[0] != runs[2])
    }

    @Test("a policy moves nodes through the rails, and every line's allocation sums to the plant")
    func moves() async throws {
        var lines: [TrialLine] = []
        let result = try await trial(seed: 5, hours: 6).run(ThresholdPolicy()) { lines.append($0) }
        #expect(result.movesPerDay > 0 && result.nodesMovedPerDay >= result.movesPerDay)
        #expect(result.movesFailed == 0)
        let lead = try #require(result.leadSeconds)
        #expect(lead > 60 && lead < 1200)
        var intervals = 0
        for case .interval(let line) in lines {
            intervals += 1
            #expect(line.allocation.values.reduce(0, +) == 32)
        }
        #expect(intervals == 36)
        for case .move(let move) in lines { #expect(move.nodes <= 10 && move.phase == "done") }
        #expect((0...1).contains(result.trainingGoodput) && (0...1).contains(result.attainment ?? -1))
        #expect(result.tokenGoodput > 0 && result.dollarsPerMtok ?? 0 > 0 && result.tokensPerJoule ?? 0 > 0)
    }

    @Test("static is the smallest split that does as well: with a node less, some class does not")
    func smallest() async throws {
        let trial = trial(24, seed: 2, hours: 4)
        let other = try await trial.run(ThresholdPolicy())
        let fixed = try #require(try await StaticSplit(trial: trial, other: other).find())
        #expect(fixed.movesPerDay == 0)
        let split = try #require(fixed.split)
        for row in fixed.classes {
            #expect((row.attainment ?? 1) >= other.attainment(of: row.name) - 1e-4, "\(row.name)")
            guard let nodes = split[row.name], nodes > 1 else { continue }
            var fewer = trial.settings
            fewer.split = fixed.classes.map { (split[$0.name] ?? 1) - ($0.name == row.name ? 1 : 0) }
            let worse = try await Trial(
                settings: fewer, traffic: trial.traffic, length: trial.length, rails: trial.rails
            ).run(StaticPolicy())
            #expect(worse.attainment(of: row.name) < other.attainment(of: row.name) - 1e-4, "\(row.name)")
        }
    }

    @Test("looking changes nothing: static with and without a file gives the same figures")
    func looking() async throws {
        let trial = trial(16, seed: 6, hours: 2)
        var lines: [TrialLine] = []
        let unseen = try await trial.run(StaticPolicy())
        let seen = try await trial.run(StaticPolicy()) { lines.append($0) }
        #expect(try Self.text([.summary(unseen)]) == Self.text([.summary(seen)]))
        #expect(lines.count == 12)
    }

    @Test("the table has a column a policy, says what is more, and where a trace began again")
    func table() async throws {
        let header = "t_s,chat_rps,chat_idc,chat_in,chat_out,think_rps,think_idc,think_in,think_out\n"
        let rows = "0,20,4,900,150,1,2,1200,1400\n600,25,4,900,150,1,2,1200,1400\n"
        let traffic = Traffic(try TraceRows(parsing: Array((header + rows).utf8)), name: "short.csv")
        let trial = Trial(
            settings: SimulationSettings(nodes: 8, seed: 1), traffic: traffic, length: 7200, rails: RailSettings())
        let dynamic = try await trial.run(ThresholdPolicy())
        let fixed = try await trial.run(StaticPolicy())
        let lines = TrialTable([dynamic, fixed], wall: 1).lines
        #expect(lines[0].hasPrefix("0.08 days of 8 x h100, trace short.csv, seed 1, demand x"))
        #expect(lines[1] == "the trace lasts 0.01 days and began again after that, 5 times")
        #expect(lines.contains { $0.hasPrefix("policy") && $0.hasSuffix("threshold             static") })
        #expect(lines.contains { $0.hasPrefix("threshold gives training ") })
    }
}
