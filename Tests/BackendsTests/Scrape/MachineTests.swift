// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Testing

@testable import Backends

@Suite("Clocks, links, errors and traffic of machines")
struct MachineTests {
    private func folded(_ hosts: [HostFacts]) -> FactorySnapshot {
        let at = PlantTime(epoch: 1105)
        var observation = Observation(
            source: SourceStatus(name: "scrape", answeredAt: at, targets: 1, targetsUp: 1), at: at,
            interval: Seconds(5), kind: .live)
        observation.hosts = hosts
        var fold = Fold(plant: "t")
        return fold.fold([observation])
    }

    @Test("DCGM: gauges as they are, energy as power, violations as part of the time")
    func dcgm() throws {
        let pages = try ["links-t0", "links-t1"].map { try fixture("documented-dcgm-exporter/\($0).txt") }
        let gpus = try #require(try facts(pages).hosts.first).gpus
        func page(_ name: String, _ gpu: Int) -> Double { total(pages[1], name, containing: "gpu=\"\(gpu)\"") }
        func grew(_ name: String, _ gpu: Int) -> Double {
            page(name, gpu) - total(pages[0], name, containing: "gpu=\"\(gpu)\"")
        }
        for (number, gpu) in gpus.enumerated() {
            #expect(gpu.clock == page("DCGM_FI_DEV_SM_CLOCK", number))
            #expect(gpu.power == grew("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", number) / 1000 / 5)
            #expect(gpu.pcie == page("DCGM_FI_PROF_PCIE_TX", number) + page("DCGM_FI_PROF_PCIE_RX", number))
            #expect(gpu.nvlink == page("DCGM_FI_PROF_NVLINK_TX", number) + page("DCGM_FI_PROF_NVLINK_RX", number))
        }
        #expect(gpus.map(\.heldForPower) == [0.2, 0] && gpus.map(\.heldForHeat) == [0, 0.4])
        #expect(gpus[0].faults.words == "1 row remapped, 3 PCIe replays")
        #expect(gpus[1].faults.words == "2 uncorrectable errors")
        // One page alone makes no rate.
        let first = try #require(try facts([pages[0]]).hosts.first).gpus[0]
        #expect(first.power == nil && first.heldForPower == nil && first.clock == 1980)
        #expect(first.faults.uncorrectable == 0)
    }

    @Test("time in another unit is no share of the time: unknown, not a hundred percent")
    func unit() throws {
        func page(_ value: Int) -> [UInt8] {
            Array("DCGM_FI_DEV_POWER_VIOLATION{gpu=\"0\",UUID=\"G\"} \(value)\n".utf8)
        }
        #expect(try facts([page(0), page(6_000_000_000)]).hosts[0].gpus[0].heldForPower == nil)
        #expect(try facts([page(0), page(5_000_000_000)]).hosts[0].gpus[0].heldForPower == 1)
        #expect(try facts([page(9), page(5)]).hosts[0].gpus[0].heldForPower == nil)
    }

    @Test("AMD's system clock and megabits, Gaudi's clock and replays")
    func others() throws {
        let amd = try facts([try fixture("documented-amd-device-metrics/t0.txt")]).hosts[0].gpus[0]
        #expect(amd.clock == 2100 && amd.pcie == 1e9 && amd.faults.isNone)
        let gaudi = try facts([try fixture("documented-gaudi/t0.txt")]).hosts[0].gpus[0]
        #expect(gaudi.clock == 1650 && gaudi.faults.words == "4 PCIe replays")
    }

    @Test("a row that cannot be remapped is a failure, an uncorrectable error a doubt, replays are neither")
    func conditions() throws {
        func condition(_ change: (inout GPUFaults) -> Void) -> NodeCondition? {
            var host = HostFacts(name: "h", address: "h", exporter: "dcgm", at: PlantTime(epoch: 1104))
            host.gpus = ["a", "b"].map { GPUFacts(uuid: $0) }
            (host.gpus[0].index, host.gpus[1].index) = (0, 1)
            change(&host.gpus[1].faults)
            return folded([host]).nodes.conditions[0]
        }
        #expect(condition { $0.remapFailed = true }?.kind == .failed)
        #expect(condition { $0.remapFailed = true }?.text == "row remap failed gpu1")
        #expect(condition { $0.uncorrectable = 2 }?.kind == .suspect)
        #expect(condition { $0.uncorrectable = 2 }?.text == "2 uncorrectable errors gpu1")
        #expect(condition { ($0.replays, $0.remappedRows) = (9, 1) } == nil)
    }

    @Test("node_exporter as recorded: real ports and disks, what waited, since when it is up")
    func host() throws {
        let pages = try ["t0", "t1"].map { try fixture("node_exporter-1.5.0/\($0).txt") }
        let host = try #require(try facts(pages).hosts.first)
        func rate(_ name: String) -> Double { (total(pages[1], name) - total(pages[0], name)) / 5 }
        #expect(host.networkIn == rate("node_network_receive_bytes_total{device=\"eth0\"}"))
        #expect(host.networkOut == rate("node_network_transmit_bytes_total{device=\"eth0\"}"))
        #expect(host.diskRead == rate("node_disk_read_bytes_total{device=\"vda\"}"))
        #expect(host.diskWritten == rate("node_disk_written_bytes_total{device=\"vda\"}"))
        #expect(host.cpuPressure == rate("node_pressure_cpu_waiting_seconds_total"))
        #expect(host.ioPressure == rate("node_pressure_io_waiting_seconds_total") && host.memoryPressure == 0)
        #expect(host.oomKills == 0 && host.fabricIn == nil)
        #expect(host.bootedAt == PlantTime(epoch: total(pages[1], "node_boot_time_seconds")))
        let table = folded([host]).nodes
        #expect(table.host.bootedAt[0] == host.bootedAt && table.host.oomKills.isEmpty)
        #expect(table.host.networkIn[0].map { abs($0 - (host.networkIn ?? 0)) < 1 } == true)
        #expect(table.host.fabricIn.count == 0, "a column that nobody fills takes no room")
    }

    @Test("InfiniBand ports add up; bridges and containers do not")
    func ports() throws {
        func page(_ value: Int) -> [UInt8] {
            Array(
                """
                node_infiniband_port_data_received_bytes_total{device="mlx5_0",port="1"} \(value)
                node_infiniband_port_data_received_bytes_total{device="mlx5_1",port="1"} \(value * 2)
                node_network_receive_bytes_total{device="eth0"} \(value)
                node_network_receive_bytes_total{device="veth12ab"} \(value)
                node_network_receive_bytes_total{device="lo"} \(value)

                """.utf8)
        }
        let host = try facts([page(0), page(500)]).hosts[0]
        #expect(host.fabricIn == 300 && host.networkIn == 100)
    }

    @Test("what happens to a machine is told once: a boot, a kill for memory, errors; a clock that is set is no boot")
    func news() {
        func host(_ change: (inout HostFacts) -> Void) -> HostFacts {
            var host = HostFacts(name: "h", address: "h", exporter: "x", at: PlantTime(epoch: 1000))
            host.bootedAt = PlantTime(epoch: 500)
            host.oomKills = 3
            host.gpus = [GPUFacts(uuid: "a")]
            host.gpus[0].index = 0
            change(&host)
            return host
        }
        func news(_ change: (inout HostFacts) -> Void) -> [String] {
            MachineNews.of([host(change)], before: [host { _ in }]).map(\.text)
        }
        #expect(news { _ in }.isEmpty && news { $0.bootedAt = PlantTime(epoch: 530) }.isEmpty)
        #expect(
            news {
                $0.bootedAt = PlantTime(epoch: 900)
                $0.oomKills = 0
            }.map { $0.hasPrefix("h has rebooted at ") } == [true])
        #expect(news { $0.oomKills = 5 } == ["h out of memory: killed 2 processes"])
        #expect(news { $0.gpus[0].faults.uncorrectable = 1 } == ["h 1 uncorrectable error gpu0"])
        #expect(news { $0.gpus[0].faults.remapFailed = true } == ["h row remap failed gpu0"])
        #expect(news { $0.gpus[0].lastXID = 79 } == ["h XID 79 gpu0"])
        #expect(MachineNews.of([host { _ in }], before: []).isEmpty, "what a first page says is no news")
    }
}
