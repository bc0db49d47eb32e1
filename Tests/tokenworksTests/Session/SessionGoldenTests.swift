// SPDX-License-Identifier: Apache-2.0

import Dashboard
import Factory
import Screen
import TestSupport
import Testing

@Suite("A session in process: the real plant, the real desk, keys at ticks")
struct SessionGoldenTests {
    static let sizes = [[80, 24], [120, 36], [200, 50], [20, 5]]

    @Test("the same seed and script give the same frames to the byte, and they are the ones kept", arguments: sizes)
    func golden(_ size: [Int]) async {
        let first = await Stage.shared.tour(size)
        let second = await Stage.shared.tour(size, take: 2)
        #expect(first.frames.count == second.frames.count)
        if let tick = zip(first.frames, second.frames).enumerated().first(where: { $1.0 != $1.1 })?.offset {
            let (kept, drawn) = (dump(first.frames[tick], roles: true), dump(second.frames[tick], roles: true))
            Issue.record("tick \(tick) differs:\n\(Golden.difference(kept: kept, drawn: drawn) ?? "")")
        }
        #expect(first.auditHead == second.auditHead && !first.auditHead.isEmpty)
        for picture in first.pictures { expectGolden(picture.frame, "\(picture.name)-\(size[0])x\(size[1])") }
    }

    @Test("the ledger sums in every frame of the script", arguments: sizes)
    func ledger(_ size: [Int]) async {
        let performance = await Stage.shared.tour(size)
        #expect(performance.wrongLedgers == [])
        #expect(performance.ledgers > 200, "\(performance.ledgers) frames show one")
    }

    @Test("the keys mean the same on every size: one audit")
    func sizesAgree() async {
        var heads: Set<String> = []
        for size in Self.sizes {
            heads.insert(await Stage.shared.tour(size).auditHead)
        }
        #expect(heads.count == 1)
    }

    @Test("another seed is another plant")
    func otherSeed() async {
        let one = await Stage.shared.tour([120, 36])
        let other = await Performance(of: .tour, width: 120, height: 36, seed: 2)
        #expect(one.frames != other.frames && one.auditHead != other.auditHead)
    }

    /// What a picture must be of, so that an updated golden cannot quietly show something else.
    struct Promise: Sendable, CustomTestStringConvertible {
        let picture: String
        let screen: ScreenKind
        let isKept: @Sendable (Performance.Picture) -> Bool
        var testDescription: String { picture }

        init(
            _ picture: String, _ screen: ScreenKind = .main,
            _ isKept: @escaping @Sendable (Performance.Picture) -> Bool
        ) {
            self.picture = picture
            self.screen = screen
            self.isKept = isKept
        }
    }

    static let promises = [
        Promise("opening") { $0.snapshot.moves.isEmpty && $0.text.contains(" SIM sim ") },
        Promise("plan", .plan) { $0.text.contains("y: move 1 node, no work is lost") },
        Promise("confirmed") { $0.text.contains("d-1 is accepted: 1 node spare -> inference/chat.") },
        Promise("moving") { $0.text.contains("x5") && $0.snapshot.ledger[part: .inTransit] == 1 },
        Promise("done") { $0.snapshot.moves.first?.phase == .done && $0.snapshot.moves.first?.outcome != nil },
        Promise("moves", .moves) { $0.text.contains("FORECAST ready") && $0.text.contains("OUTCOME") },
        Promise("losing-plan", .plan) { $0.text.contains("type the job that loses, sft-v1: [sft-v1_") },
        Promise("hold") { $0.snapshot.mode == .hold && $0.snapshot.moves.first?.phase == .held },
        Promise("released") { $0.snapshot.mode == .manual && $0.snapshot.moves.first?.phase == .running },
        Promise("way-back", .plan) { $0.text.contains("UNDOES d-11") && $0.text.contains("su01-n12") },
        Promise("help", .help) { $0.text.contains("KEYS of the main screen") },
        Promise("node", .node) { $0.text.contains("NODE su01-n01  SERVING") },
        Promise("filtered") { $0.text.contains("/think: 6 of 64") && $0.text.contains("power /think") },
        Promise("audit", .audit) {
            $0.text.contains("AUDIT") && $0.text.contains("d-11 ten minutes on: inference/chat waits 0 s")
        },
    ]

    @Test("every picture shows what it is named after")
    func pictures() async throws {
        let performance = await Stage.shared.tour([120, 36])
        #expect(Set(performance.pictures.map(\.name)) == Set(Self.promises.map(\.picture)))
        for promise in Self.promises {
            let picture = try #require(performance[promise.picture])
            #expect(picture.screen == promise.screen, "\(promise.picture)")
            #expect(promise.isKept(picture), "\(promise.picture):\n\(picture.text)")
        }
    }
}
