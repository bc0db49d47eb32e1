// SPDX-License-Identifier: Apache-2.0

import Factory
import Foundation
import Testing

@testable import tokenworks

@Suite("Statuses, pools and text on their way out")
struct WordsTests {
    @Test("the help lists every exit status once, and none twice")
    func statuses() {
        let lines = ExitStatus.help.split(separator: "\n")
        for status in ExitStatus.allCases {
            let told = lines.filter { $0.split(separator: " ").first == "\(status.rawValue)" }
            #expect(told.count == 1 && told.first?.contains(status.meaning) == true, "\(status)")
        }
        #expect(Set(ExitStatus.allCases.map(\.rawValue)).count == ExitStatus.allCases.count)
        #expect(Set(ExitStatus.allCases.map(\.meaning)).count == ExitStatus.allCases.count)
        #expect(ExitStatus.allCases.allSatisfy { (0...125).contains($0.rawValue) })
    }

    @Test(
        "a pool as a person types it",
        arguments: [
            ("training", PoolArgument.pool(.training)), ("spare", .pool(.spare)), ("inference", .anyClass),
            ("chat", .pool(.inference(ServingClass("chat")))),
            ("inference/chat", .pool(.inference(ServingClass("chat")))),
            ("inference/", .pool(.inference(ServingClass("")))),
        ])
    func pools(_ text: String, _ pool: PoolArgument) { #expect(PoolArgument(text) == pool) }

    @Test("a pool that this plant does not have is refused with those it has")
    func missing() throws {
        let snapshot = SampleSnapshot.simulated
        #expect(try PoolArgument("inference").pool(on: snapshot, flag: "--to") == nil)
        #expect(try PoolArgument("spare").pool(on: snapshot, flag: "--to") == .spare)
        #expect(try PoolArgument("think").pool(on: snapshot, flag: "--to")?.shortName == "think")
        for name in ["bulk", "", "inference/", "Training", "inference/inference/chat"] {
            let complaint = try #require(throws: Complaint.self) {
                try PoolArgument(name).pool(on: snapshot, flag: "--from")
            }
            #expect(complaint.status == .usage)
            #expect(complaint.text.hasPrefix("--from: there is no pool '"))
            #expect(complaint.text.hasSuffix("this plant has: inference/chat, inference/think, training, spare"))
        }
        let bare = FactorySnapshot(plant: "p", kind: .live, at: PlantTime(epoch: 0))
        let complaint = try #require(throws: Complaint.self) {
            try PoolArgument("training").pool(on: bare, flag: "--to")
        }
        #expect(complaint.text.hasSuffix("none that a source speaks of"))
    }

    @Test(
        "no hostile text reaches a terminal as what it is",
        arguments: [
            "\u{1B}[31mred", "\u{9B}31m", "\u{1B}]0;title\u{7}", "a\rb", "a\nb", "a\u{8}b", "\u{202E}evil", "\u{200B}",
            "\u{0}", "\u{7F}", "\u{85}", "\u{2028}", "\u{FEFF}", "\u{E0041}",
        ])
    func hostile(_ text: String) {
        let safe = Output.safe("job \(text) of x")
        for scalar in safe.unicodeScalars {
            #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value), "\(scalar.value)")
            #expect(![0x202E, 0x200B, 0x2028, 0xFEFF, 0xE0041].contains(scalar.value))
        }
        #expect(safe.hasPrefix("job ") && safe.hasSuffix(" of x"))
    }

    @Test("JSON is written in ASCII and says the same")
    func json() throws {
        let words = ["\u{9B}31m", "\u{202E}x", "\u{E9}", "\u{1F600}", "\u{7F}", "plain \"quoted\" \\ \n"]
        let encoded = String(decoding: try JSONEncoder().encode(words), as: UTF8.self)
        let ascii = Output.ascii(encoded)
        #expect(ascii.unicodeScalars.allSatisfy { (0x20..<0x7F).contains($0.value) })
        #expect(try JSONDecoder().decode([String].self, from: Data(ascii.utf8)) == words)
    }
}
