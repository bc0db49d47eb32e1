// SPDX-License-Identifier: Apache-2.0
//
// How fast pages are read, against copying them: cold, and warm as the next page of the same target. The pages stand in
// memory, many targets' worth of them, so that neither side lives in a cache. Prints a line of JSON.
//
//     exposition-bench FILE [FILE...]        MB/s of every way; two FILEs are two polls of one target
//     exposition-bench --warm N FILE [FILE]  N warm pages and nothing else, for callgrind

import Exposition
import Foundation

let arguments = CommandLine.arguments.dropFirst()
let counted = arguments.first == "--warm" ? arguments.dropFirst().first.flatMap { Int($0) } : nil
let files = Array(arguments.drop { $0 == "--warm" || Int($0) != nil })
let polls = files.map { [UInt8](FileManager.default.contents(atPath: $0) ?? Data()) }
guard let first = polls.first, let last = polls.last, !first.isEmpty, !last.isEmpty else {
    print("usage: exposition-bench [--warm N] FILE [FILE]")
    exit(64)
}

/// Seconds of the best of several runs.
func seconds(_ runs: Int = 5, _ body: () -> Void) -> Double {
    (0..<runs).map { _ in
        let start = ContinuousClock.now
        body()
        return (ContinuousClock.now - start) / .seconds(1)
    }.min() ?? .infinity
}

if let counted {
    var memory = PageMemory()
    _ = memory.read(first)
    for index in 0..<counted { _ = memory.read(index % 2 == 0 ? last : first) }
    print(memory.values.count * counted)
    exit(0)
}

let total = 50 << 20
let copies = max(1, total / first.count)
// Each target has bodies of its own.
let before = (0..<copies).map { _ in first.map { $0 } }
let after = (0..<copies).map { _ in last.map { $0 } }
let bytes = Double(after.reduce(0) { $0 + $1.count })

let source = after.flatMap { $0 }
var destination = [UInt8](repeating: 0, count: source.count)
let copy = seconds {
    destination.withUnsafeMutableBytes { to in source.withUnsafeBytes { to.copyMemory(from: $0) } }
}
var samples = 0
let cold = seconds { for page in after { samples += ExpositionPage(parsing: page).samples.count } }
var memories = before.map { page in
    var memory = PageMemory()
    _ = memory.read(page)
    return memory
}
var turn = 0
var followed = 0
let warm = seconds(6) {
    turn += 1
    let pages = turn % 2 == 1 ? after : before
    for index in pages.indices {
        if case .series = memories[index].read(pages[index]) { continue }
        followed += 1
    }
}
let same = seconds {
    for index in memories.indices { _ = memories[index].read(turn % 2 == 1 ? after[index] : before[index]) }
}
func rate(_ seconds: Double) -> Int { Int(bytes / seconds / 1e6) }
print(
    "{\"bytes\": \(first.count), \"copies\": \(copies), \"copy\": \(rate(copy)), \"cold\": \(rate(cold)), \"warm\": \(rate(warm)), \"same\": \(rate(same)), \"followed\": \(Double(followed) / Double(6 * copies)), \"cold/copy\": \(copy / cold), \"warm/copy\": \(copy / warm)}"
)
