// SPDX-License-Identifier: Apache-2.0
//
// What an hour of every node and accelerator takes in memory, and what taking a second of it in costs: a simulated plant,
// its snapshots, and the chronicle that a daemon keeps of them. Prints a line of JSON.
//
//     history-bench [NODES [SECONDS]]   10000 nodes of eight GPUs, 3700 s

import Control
import Factory
import Foundation
import Planning
import Simulation

let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let nodes = numbers.first ?? 10_000
let seconds = numbers.dropFirst().first ?? 3700
let settings = SimulationSettings(nodes: nodes, seed: 1, demandScale: nil)
var plant = SimulatedPlant(settings, traffic: .generated(seed: 1))
var fold = Fold(plant: "sim")
var chronicle = Chronicle()

/// Resident memory of this process. Unit: bytes.
func resident() -> Int {
    let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
    return (pages.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0) * 4096
}

var times: [Double] = []
var samples = 0
var before = 0
for second in 1...seconds {
    plant.advance(to: settings.start + Seconds(Double(second)))
    let snapshot = fold.fold([plant.observe()])
    if second == 30 { before = resident() }
    let began = ContinuousClock.now
    _ = chronicle.take(snapshot)
    times.append((ContinuousClock.now - began) / .seconds(1))
    samples += 4 * (snapshot.nodes.count + snapshot.nodes.gpus.power.count)
}
times.sort()
let (packed, open) = chronicle.size
let kept = chronicle.kept
let sum = times.reduce(0, +)
print(
    """
    {"nodes": \(nodes), "seconds": \(seconds), "packed_bytes": \(packed), "open_bytes": \(open), "kept_samples": \(kept), \
    "bytes_per_packed_sample": \(Double(packed) / Double(max(1, kept))), "ns_per_sample": \(sum * 1e9 / Double(samples)), \
    "ms_p50": \(times[times.count / 2] * 1e3), "ms_max": \(times[times.count - 1] * 1e3), \
    "resident_growth": \(resident() - before), "resident": \(resident())}
    """)
