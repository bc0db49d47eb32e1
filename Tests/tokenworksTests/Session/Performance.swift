// SPDX-License-Identifier: Apache-2.0

import Control
import Dashboard
import Factory
import Screen
import Simulation

/// A script played once on one size of terminal.
struct Performance {
    struct Picture {
        let name: String
        let frame: Frame
        let screen: ScreenKind
        let snapshot: FactorySnapshot
        let text: String
    }

    private(set) var pictures: [Picture] = []
    /// Every frame there was.
    private(set) var frames: [Frame] = []
    /// Frames whose ledger does not sum.
    private(set) var wrongLedgers: [String] = []
    /// Frames that show a ledger.
    private(set) var ledgers = 0
    let auditHead: String
    let auditLength: UInt64

    init(of script: Script, width: Int, height: Int, seed: UInt64 = SimulationSettings.standardSeed) async {
        var rehearsal = await Rehearsal(width: width, height: height, seed: seed)
        let last = script.cues.map(\.tick).max() ?? 0
        for tick in 0...last {
            if tick > 0 { await rehearsal.wait() }
            for case (tick, let cue) in script.cues {
                switch cue {
                case .press(let key): await rehearsal.press(key)
                case .picture(let name):
                    let frame = rehearsal.frame()
                    pictures.append(
                        Picture(
                            name: name, frame: frame, screen: rehearsal.state.screen, snapshot: rehearsal.snapshot,
                            text: dump(frame)))
                }
            }
            let frame = rehearsal.frame()
            frames.append(frame)
            if let wrong = DrawnLedger.problem(rehearsal.snapshot, frame) {
                wrongLedgers.append("tick \(tick): \(wrong)")
            }
            if DrawnLedger(frame) != nil { ledgers += 1 }
        }
        auditHead = rehearsal.records.head
        auditLength = rehearsal.records.newest(1).first?.sequence ?? 0
    }

    subscript(name: String) -> Picture? { pictures.first { $0.name == name } }
}

/// Each performance once, however many tests look at it.
actor Stage {
    static let shared = Stage()

    private var played: [[Int]: Task<Performance, Never>] = [:]

    /// - Parameter take: the same performance again, from nothing.
    func tour(_ size: [Int], take: Int = 1) async -> Performance {
        let key = size + [take]
        let task = played[key] ?? Task { await Performance(of: .tour, width: size[0], height: size[1]) }
        played[key] = task
        return await task.value
    }
}

/// The allocation as the main screen writes it, from `Allocation sum 64 = training 42 + in transit 0 + ...` down to
/// `64=T42 >0 I19 s3 F0`.
struct DrawnLedger: Equatable {
    var total: Int
    var parts: [Int]

    private static let titles = ["Allocation ", "=T"].map { $0.unicodeScalars.map(\.value) }

    /// nil where the frame has no such line, or not all of it.
    init?(_ frame: Frame) {
        guard let row = Self.row(frame) else { return nil }
        let cells = frame.cells[row * frame.width..<(row + 1) * frame.width]
        let line = String(String.UnicodeScalarView(cells.compactMap { Unicode.Scalar($0.scalar) }))
        let numbers = line.split { !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 6, line.contains(" failed") || line.contains(" F") else {
            return nil
        }
        total = numbers[0]
        parts = Array(numbers.dropFirst())
    }

    /// The row with a title; cell by cell, because every frame of a long run is looked at.
    private static func row(_ frame: Frame) -> Int? {
        let cells = frame.cells
        for place in cells.indices {
            for title in titles where cells[place].scalar == title[0] && place + title.count <= cells.count {
                if title.indices.allSatisfy({ cells[place + $0].scalar == title[$0] }) { return place / frame.width }
            }
        }
        return nil
    }

    /// What does not add up, in the snapshot or in what is drawn of it.
    static func problem(_ snapshot: FactorySnapshot, _ frame: Frame) -> String? {
        let ledger = snapshot.ledger
        guard ledger.total == snapshot.nodes.count, snapshot.nodes.states.count == snapshot.nodes.count else {
            return "the ledger sums to \(ledger.total) of \(snapshot.nodes.count) nodes"
        }
        guard let drawn = DrawnLedger(frame) else { return nil }
        guard drawn.total == snapshot.nodes.count, drawn.parts.reduce(0, +) == drawn.total else {
            return "the frame says \(drawn.total) = \(drawn.parts)"
        }
        return nil
    }
}
