// SPDX-License-Identifier: Apache-2.0

import Exposition
import TestSupport
import Testing

@testable import Backends

@Suite("The pages of one target, each read with what is remembered of the one before")
struct PageReaderTests {
    /// The recorded page with so many virtual devices more, each in every family that speaks of devices.
    private func page(devices: [Int], memory: String = "2.5165824e+10") throws -> [UInt8] {
        let text = String(decoding: try fixture("node_exporter-1.5.0/t0.txt"), as: UTF8.self)
        var lines: [String] = []
        for line in text.split(separator: "\n").map(String.init) {
            if line.hasPrefix("node_memory_MemTotal_bytes ") {
                lines.append("node_memory_MemTotal_bytes \(memory)")
                continue
            }
            if line.contains("{device=\"lo\"") {
                lines += devices.map { line.replacing("\"lo\"", with: "\"docker\($0)\"") }
            }
            lines.append(line)
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    @Test("devices that come and go are lines, and what else is known stays: as read anew")
    func devices() throws {
        let reader = PageReader()
        var dice = SeededGenerator(seed: 7)
        for step in 0..<30 {
            let bytes = try page(
                devices: (0..<4).filter { _ in Bool.random(using: &dice) }, memory: "\(1000 * (step + 1))")
            let outcome = try reader.read(bytes, .prometheus)
            let anew = try PageReader().read(bytes, .prometheus)
            #expect(outcome.series == anew.series)
            #expect(outcome.reading.origins == anew.reading.origins)
            for (entity, values) in anew.reading.entities {
                for metric in Metric.allCases {
                    #expect(outcome.reading.entities[entity]?[metric] == values[metric], "step \(step), \(metric)")
                }
            }
        }
    }

    @Test("a page that was forgotten is understood as before, as long as its series are the same")
    func forgotten() throws {
        let reader = PageReader()
        let first = try reader.read(page(devices: [1], memory: "1000"), .prometheus)
        reader.forget()
        #expect(reader.byteCount == 0)
        let second = try reader.read(page(devices: [1], memory: "2000"), .prometheus)
        #expect(second.reading.layout === first.reading.layout)
        #expect(second.reading.entities[.host]?[.memoryTotal] == 2000)
        reader.forget()
        // As many series, and another one of them.
        let third = try reader.read(page(devices: [2], memory: "3000"), .prometheus)
        #expect(third.reading.layout !== first.reading.layout)
        #expect(third.reading.entities[.host]?[.memoryTotal] == 3000)
        // What is no page leaves nothing of the one before.
        #expect(throws: ScrapeFailure.self) { try reader.read(Array("<html>".utf8), .prometheus) }
        let fourth = try reader.read(page(devices: [2], memory: "4000"), .prometheus)
        #expect(fourth.reading.layout !== third.reading.layout)
    }

    @Test("a layout outlives lines that nobody asks for, and none that somebody does")
    func layout() throws {
        let layout = try PageReader().read(page(devices: []), .prometheus).reading.layout
        func edits(_ before: [UInt8], _ after: String) -> [PageEdit]? {
            var memory = PageMemory()
            _ = memory.read(before)
            guard case .lines(let edits) = memory.read(Array(after.utf8)) else { return nil }
            return edits
        }
        let before = try page(devices: [])
        let text = String(decoding: before, as: UTF8.self)
        let plain = text.replacing("\nnode_load1 ", with: "\nnode_unknown 1\nnode_load1 ")
        func outlives(_ after: String) throws -> Bool {
            let edits = try #require(edits(before, after))
            return layout.moved(by: edits, more: []) != nil
        }
        #expect(try outlives(plain))
        let known = text.replacing("\nnode_load1 ", with: "\nnode_memory_MemAvailable_bytes 1\nnode_load1 ")
        #expect(try !outlives(known))
        let gone = text.replacing(/\nnode_memory_MemTotal_bytes [^\n]*/, with: "")
        #expect(try !outlives(gone))
    }
}
