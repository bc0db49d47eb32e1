// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How long fuzzers run: seconds in `make test`, minutes in `make fuzz`.
package enum Fuzz {
    /// Runs the body with new random numbers until the time is over, at least once. A failure names the seed.
    ///
    /// It has a thread of its own: on two cores fuzzers in the pool would stop every test that waits.
    ///
    /// - Parameter seconds: when FUZZ_SECONDS does not say otherwise.
    package static func run(
        _ name: String, seconds: Double = 20, _ body: @escaping @Sendable (inout SeededGenerator) -> Void
    ) async {
        let environment = ProcessInfo.processInfo.environment
        let limit = environment["FUZZ_SECONDS"].flatMap(Double.init) ?? seconds
        let seed = environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max)
        print("\(name): FUZZ_SEED=\(seed)")
        await withCheckedContinuation { done in
            let thread = Thread {
                var random = SeededGenerator(seed: seed)
                let end = Date().addingTimeInterval(limit)
                repeat { body(&random) } while Date() < end
                done.resume()
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// Bytes with some of them changed, cut out, doubled, or replaced by what breaks parsers.
    package static func mutated(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        let traps = [
            "\"", "\\", "{", "}", "\n", "\r\n", "\0", "#", " NaN", " +Inf", " -1e308", " 1e400", "=", ",", "[", "]",
            ":",
            "\u{202e}", "\u{1b}[2J", "le=\"\"", "-",
        ]
        for _ in 0..<Int.random(in: 1...12, using: &random) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...80, using: &random)))
            case 2: bytes.insert(contentsOf: Array((traps.randomElement(using: &random) ?? "").utf8), at: at)
            default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + 60)], at: at)
            }
        }
        return bytes
    }
}
