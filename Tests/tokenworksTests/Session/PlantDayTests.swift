// SPDX-License-Identifier: Apache-2.0

import Control
import Dashboard
import Factory
import Foundation
import Screen
import Testing

@Suite("A plant day under random keys")
struct PlantDayTests {
    /// `SESSION_SEED=n` plays one more day.
    static let seeds: [UInt64] =
        [1] + (ProcessInfo.processInfo.environment["SESSION_SEED"].flatMap(UInt64.init).map { [$0] } ?? [])

    /// What one day left behind.
    struct Day {
        var records: [AuditRecord] = []
        var problems: [String] = []
        var frames = 0
        var span = Seconds(0)
        var drawnLedgers = 0
        var screens: Set<ScreenKind> = []
        var ended: Set<MoveStatus.Phase> = []
        var lastFrame = Frame(width: 0, height: 0)

        private var seen: UInt64 = 0
        /// Plant seconds between two frames at most, however fast the keys make the plant: a day has many frames.
        private static let leap = 60.0

        /// - Parameters:
        ///   - length: plant seconds to play.
        ///   - most: frames to play at most.
        init(seed: UInt64, nodes: Int, length: Double, most: Int = 10_000) async {
            var fingers = RandomFingers(seed: seed)
            var rehearsal = await Rehearsal(width: 120, height: 36, nodes: nodes, seed: seed, speed: 600)
            let start = rehearsal.snapshot.at
            while rehearsal.snapshot.at - start < Seconds(length), frames < most {
                // A move slows the plant down: the fingers wait with it, so that the day still ends.
                let pause = fingers.pause() * (rehearsal.speed < 30 ? 4 : 1)
                await rehearsal.wait(min(pause, Self.leap / rehearsal.speed))
                await rehearsal.receive(fingers.next(rehearsal.state))
                take(&rehearsal)
            }
            await rehearsal.plant.end()
            collect(rehearsal.records)
            span = rehearsal.snapshot.at - start
            if !rehearsal.records.open.isEmpty { problems.append("asked without ending: \(rehearsal.records.open)") }
        }

        private mutating func take(_ rehearsal: inout Rehearsal) {
            let size = rehearsal.state.size
            let frame = rehearsal.state.render(width: size.width, height: size.height)
            frames += 1
            screens.insert(rehearsal.state.screen)
            lastFrame = frame
            if let problem = DrawnLedger.problem(rehearsal.snapshot, frame), problems.count < 10 {
                problems.append("\(rehearsal.snapshot.at.iso8601): \(problem)\n\(dump(frame))")
            }
            if rehearsal.state.screen == .main, DrawnLedger(frame) != nil { drawnLedgers += 1 }
            for move in rehearsal.snapshot.moves where !move.isOpen { ended.insert(move.phase) }
            collect(rehearsal.records)
        }

        private mutating func collect(_ audit: PlantRecords) {
            let new = audit.newest(200).filter { $0.sequence > seen }.reversed()
            records += new
            seen = records.last?.sequence ?? seen
        }
    }

    @Test("the ledger sums in every frame, and every question has exactly one ending", arguments: seeds)
    func day(_ seed: UInt64) async {
        let day = await Day(seed: seed, nodes: 64, length: 86_400)
        #expect(day.problems == [], "SESSION_SEED=\(seed)")
        #expect(day.span >= Seconds(86_400), "SESSION_SEED=\(seed): \(day.frames) frames")
        #expect(day.drawnLedgers > 100, "SESSION_SEED=\(seed): \(day.drawnLedgers) of \(day.frames) frames")
        // The plant is in one place, and nobody else is there who could ask for a second operator.
        let there = Set(ScreenKind.allCases).subtracting([.sites, .request])
        #expect(day.screens == there, "SESSION_SEED=\(seed): \(there.subtracting(day.screens))")
        #expect(day.ended.contains(.done), "SESSION_SEED=\(seed): \(day.ended)")
        #expect(day.records.enumerated().allSatisfy { $1.sequence == UInt64($0 + 1) }, "SESSION_SEED=\(seed)")
        let asked = day.records.filter { $0.kind == .asked }
        #expect(!asked.isEmpty)
        for question in asked {
            let endings = day.records.filter {
                $0.kind.endsAsked && $0.details["asked"] == String(question.sequence)
            }
            #expect(endings.count == 1, "SESSION_SEED=\(seed): #\(question.sequence) \(question.text)")
            #expect(endings.allSatisfy { $0.sequence > question.sequence && $0.decision == question.decision })
        }
    }

    @Test("random keys repeat to the byte as well", arguments: [3, 4] as [UInt64])
    func repeats(_ seed: UInt64) async {
        let first = await Day(seed: seed, nodes: 40, length: 7200, most: 500)
        let second = await Day(seed: seed, nodes: 40, length: 7200, most: 500)
        #expect(first.frames == second.frames && first.lastFrame == second.lastFrame, "SESSION_SEED=\(seed)")
        #expect(first.records.map(\.hash) == second.records.map(\.hash), "SESSION_SEED=\(seed)")
    }

    @Test("plants of every small size live through an hour of random keys", arguments: [1, 2, 3, 5, 8, 13])
    func small(_ nodes: Int) async {
        let day = await Day(seed: UInt64(nodes), nodes: nodes, length: 3600, most: 500)
        #expect(day.problems == [], "\(nodes) nodes")
    }
}
