// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Exposition

@Suite struct RandomTests {
    /// Reads a page and looks at all of it, so that a range outside the page would trap.
    private func digest(_ bytes: [UInt8], _ format: ExpositionFormat) -> Int {
        let page = ExpositionPage(parsing: bytes, format: format)
        _ = BodyKind(of: bytes).complaint
        let labels = page.labels.reduce(0) { $0 + page.string($1.name).utf8.count + page.string($1.value).utf8.count }
        let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
        #expect(page.samples.count + page.report.rejected <= lines)
        return page.samples.reduce(labels) { $0 + page.string($1.name).utf8.count + (page.type(of: $1) == nil ? 0 : 1) }
    }

    @Test("random bytes never crash the parser")
    func noise() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("RandomTests.noise seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("ab_:1.9eE+-nNiIfF#TYPEOF {}\"\\,=\n\t\r \u{0}é".utf8)
        for _ in 0..<3000 {
            let count = Int.random(in: 0...200, using: &random)
            let isText = Bool.random(using: &random)
            let bytes = (0..<count).map { _ in
                isText
                    ? alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                    : UInt8.random(in: 0...255, using: &random)
            }
            _ = digest(bytes, Bool.random(using: &random) ? .prometheus : .openMetrics)
        }
    }

    @Test("a recorded page with random bytes changed never crashes the parser and keeps its other lines")
    func mutated() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("RandomTests.mutated seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let whole = Array(try fixture("dynamo-1.6.1/worker-t0.txt").prefix(8000))
        for _ in 0..<300 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = digest(bytes, .prometheus)
        }
    }

    @Test("numbers of every shape agree with the standard library to the last bit")
    func numbers() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("RandomTests.numbers seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let digits = String(
                (0..<Int.random(in: 1...25, using: &random)).map { _ in
                    Character(String(Int.random(in: 0...9, using: &random)))
                })
            let cut = digits.index(digits.startIndex, offsetBy: Int.random(in: 0...digits.count, using: &random))
            let exponent = Bool.random(using: &random) ? "e\(Int.random(in: -40...40, using: &random))" : ""
            let text = "\(digits[..<cut]).\(digits[cut...])\(exponent)"
            let page = ExpositionPage(parsing: Array("x \(text)\n".utf8))
            // A leading zero keeps the standard library's own grammar out of the comparison.
            #expect(
                page.samples.first?.value.bitPattern
                    == Double("0\(digits[..<cut]).\(digits[cut...])0\(exponent)")?.bitPattern, "\(text)")
        }
    }
}
