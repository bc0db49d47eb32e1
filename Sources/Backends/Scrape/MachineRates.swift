// SPDX-License-Identifier: Apache-2.0

import Factory

/// What a host's and an accelerator's counters did between two pages, and what else only a node's own screen shows.
struct MachineRates {
    let now: PageReading.Values
    /// nil where nothing comparable came before: then every rate is unknown.
    let before: PageReading.Values?
    /// Between the two pages.
    let seconds: Double

    /// Per second; nil as well for a counter that fell.
    private func rate(_ metric: Metric) -> Double? {
        guard let new = now[metric], let old = before?[metric], new >= old, seconds > 0 else { return nil }
        return (new - old) / seconds
    }

    /// Seconds in a second; nil for what is none: then the page's unit is another.
    private func share(_ metric: Metric) -> Double? { rate(metric).flatMap { $0 <= 1.05 ? min(1, $0) : nil } }

    func fill(_ host: inout HostFacts) {
        host.networkIn = rate(.networkIn)
        host.networkOut = rate(.networkOut)
        host.fabricIn = rate(.fabricIn)
        host.fabricOut = rate(.fabricOut)
        host.diskRead = rate(.diskRead)
        host.diskWritten = rate(.diskWritten)
        host.cpuPressure = share(.cpuPressure)
        host.memoryPressure = share(.memoryPressure)
        host.ioPressure = share(.ioPressure)
        host.oomKills = count(.oomKills)
        host.bootedAt = now[.bootTime].flatMap { $0 > 0 ? PlantTime(epoch: $0) : nil }
    }

    func fill(_ gpu: inout GPUFacts) {
        gpu.clock = now[.clock]
        // Without a power reading the energy between two pages is one, and a better one.
        gpu.power = gpu.power ?? rate(.energy)
        gpu.pcie = now[.pcieBoth] ?? both(.pcieIn, .pcieOut)
        gpu.nvlink = both(.nvlinkIn, .nvlinkOut)
        gpu.heldForPower = share(.powerHeld)
        gpu.heldForHeat = share(.heatHeld)
        gpu.faults.uncorrectable = count(.uncorrectable) ?? 0
        gpu.faults.remapFailed = (now[.remapFailed] ?? 0) > 0
        gpu.faults.remappedRows = count(.remappedRows) ?? 0
        gpu.faults.replays = count(.replays) ?? 0
    }

    private func both(_ one: Metric, _ other: Metric) -> Double? {
        guard let left = now[one], let right = now[other] else { return nil }
        return left + right
    }

    private func count(_ metric: Metric) -> Int? { now[metric].flatMap { $0 >= 0 ? Int(exactly: $0.rounded()) : nil } }
}
