// SPDX-License-Identifier: Apache-2.0

/// Hosts and their accelerators.
extension MetricNames {
    static let hosts: [MetricName] = [
        MetricName(
            product: .nodeExporter, name: "node_uname_info", metric: .hostName, entity: .host, kind: .gauge, unit: "",
            aggregation: .last),
        MetricName(
            product: .nodeExporter, name: "node_cpu_seconds_total", with: ("mode", "idle"), metric: .cpuIdle,
            entity: .host, kind: .counter, unit: "s"),
        MetricName(
            product: .nodeExporter, name: "node_cpu_seconds_total", metric: .cpuTotal, entity: .host, kind: .counter,
            unit: "s"),
        MetricName(
            product: .nodeExporter, name: "node_memory_MemTotal_bytes", metric: .memoryTotal, entity: .host,
            kind: .gauge, unit: "B"),
        MetricName(
            product: .nodeExporter, name: "node_memory_MemAvailable_bytes", metric: .memoryAvailable, entity: .host,
            kind: .gauge, unit: "B"),
        network("node_network_receive_bytes_total", .networkIn),
        network("node_network_transmit_bytes_total", .networkOut),
        host("node_infiniband_port_data_received_bytes_total", .fabricIn, unit: "B"),
        host("node_infiniband_port_data_transmitted_bytes_total", .fabricOut, unit: "B"),
        disk("node_disk_read_bytes_total", .diskRead), disk("node_disk_written_bytes_total", .diskWritten),
        host("node_pressure_cpu_waiting_seconds_total", .cpuPressure, unit: "s"),
        host("node_pressure_memory_waiting_seconds_total", .memoryPressure, unit: "s"),
        host("node_pressure_io_waiting_seconds_total", .ioPressure, unit: "s"),
        host("node_vmstat_oom_kill", .oomKills, unit: "processes"),
        host("node_boot_time_seconds", .bootTime, .gauge, unit: "s"),
    ]

    private static func host(
        _ name: String, _ metric: Metric, _ kind: MetricName.Kind = .counter, unit: String,
        without: (label: StaticString, values: [String])? = nil
    ) -> MetricName {
        MetricName(
            product: .nodeExporter, name: name, without: without, metric: metric, entity: .host, kind: kind, unit: unit)
    }

    // What containers and bridges carry goes through a real port as well, and would count twice.
    private static func network(_ name: String, _ metric: Metric) -> MetricName {
        let inside = ["lo", "veth*", "docker*", "br-*", "cni*", "cali*", "flannel*", "tun*", "bond*", "ifb*", "vnet*"]
        return host(name, metric, unit: "B", without: ("device", inside))
    }

    private static func disk(_ name: String, _ metric: Metric) -> MetricName {
        host(name, metric, unit: "B", without: ("device", ["dm-*", "md*", "loop*", "zram*", "sr*"]))
    }

    /// One row of an accelerator. `parts` are the labels of what a GPU may be divided into; a series without them is of the
    /// whole. Repeated per pod and per job (`hpc_job`) the same value counts once.
    private static func gpu(
        _ product: MetricProduct, _ name: String, _ metric: Metric, unit: String, scale: Double = 1,
        with: (label: StaticString, value: String)? = nil, _ aggregation: MetricName.Aggregation, rank: Int = 0,
        parts: [StaticString] = []
    ) -> MetricName {
        MetricName(
            product: product, name: name, with: with, metric: metric, entity: .gpu, kind: .gauge, unit: unit,
            scale: scale, aggregation: aggregation, rank: rank, parts: parts)
    }

    // With MIG a GPU has series of its instances, by GPU_I_ID, beside or instead of its own.
    private static func dcgm(
        _ name: String, _ metric: Metric, unit: String, scale: Double = 1, _ aggregation: MetricName.Aggregation
    ) -> MetricName {
        gpu(.dcgm, name, metric, unit: unit, scale: scale, aggregation, parts: ["GPU_I_ID"])
    }

    private static func amd(
        _ name: String, _ metric: Metric, unit: String, scale: Double = 1,
        with: (label: StaticString, value: String)? = nil, _ aggregation: MetricName.Aggregation, rank: Int = 0
    ) -> MetricName {
        gpu(
            .amd, name, metric, unit: unit, scale: scale, with: with, aggregation, rank: rank,
            parts: ["gpu_partition_id"])
    }

    static let accelerators: [MetricName] = [
        dcgm("DCGM_FI_DEV_GPU_UTIL", .gpuUtilisation, unit: "%", scale: 0.01, .mean),
        dcgm("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", .tensorActive, unit: "", .mean),
        dcgm("DCGM_FI_DEV_POWER_USAGE", .gpuPower, unit: "W", .worst),
        dcgm("DCGM_FI_DEV_POWER_MGMT_LIMIT", .gpuPowerLimit, unit: "W", .worst),
        dcgm("DCGM_FI_DEV_FB_USED", .gpuMemoryUsed, unit: "MiB", .sum),
        dcgm("DCGM_FI_DEV_FB_FREE", .gpuMemoryFree, unit: "MiB", .sum),
        dcgm("DCGM_FI_DEV_FB_RESERVED", .gpuMemoryReserved, unit: "MiB", .sum),
        dcgm("DCGM_FI_DEV_GPU_TEMP", .gpuTemperature, unit: "C", .worst),
        dcgm("DCGM_FI_DEV_XID_ERRORS", .lastXID, unit: "XID", .worst),
        dcgm("DCGM_FI_DEV_SM_CLOCK", .clock, unit: "MHz", .worst),
        dcgm("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", .energy, unit: "mJ", scale: 0.001, .worst),
        // Bytes a second already, in spite of their names. NVLINK_BANDWIDTH_TOTAL is not read: nobody says in what unit it is.
        dcgm("DCGM_FI_PROF_PCIE_RX_BYTES", .pcieIn, unit: "B/s", .worst),
        dcgm("DCGM_FI_PROF_PCIE_TX_BYTES", .pcieOut, unit: "B/s", .worst),
        dcgm("DCGM_FI_PROF_NVLINK_RX_BYTES", .nvlinkIn, unit: "B/s", .worst),
        dcgm("DCGM_FI_PROF_NVLINK_TX_BYTES", .nvlinkOut, unit: "B/s", .worst),
        dcgm("DCGM_FI_DEV_POWER_VIOLATION", .powerHeld, unit: "ns", scale: 1e-9, .worst),
        dcgm("DCGM_FI_DEV_THERMAL_VIOLATION", .heatHeld, unit: "ns", scale: 1e-9, .worst),
        dcgm("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", .uncorrectable, unit: "errors", .worst),
        dcgm("DCGM_FI_DEV_ROW_REMAP_FAILURE", .remapFailed, unit: "", .worst),
        dcgm("DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", .remappedRows, unit: "rows", .worst),
        dcgm("DCGM_FI_DEV_PCIE_REPLAY_COUNTER", .replays, unit: "replays", .worst),

        amd("gpu_gfx_activity", .gpuUtilisation, unit: "%", scale: 0.01, .mean),
        amd("gpu_power_usage", .gpuPower, unit: "W", .worst),
        amd("gpu_package_power", .gpuPower, unit: "W", .worst, rank: 1),
        amd("gpu_used_vram", .gpuMemoryUsed, unit: "MB", .sum),
        amd("gpu_free_vram", .gpuMemoryFree, unit: "MB", .sum),
        amd("gpu_total_vram", .gpuMemoryTotal, unit: "MB", .sum),
        amd("gpu_junction_temperature", .gpuTemperature, unit: "C", .worst),
        amd("gpu_edge_temperature", .gpuTemperature, unit: "C", .worst, rank: 1),
        amd("gpu_clock", .clock, unit: "MHz", with: ("clock_type", "GPU_CLOCK_TYPE_SYSTEM"), .worst),
        amd("gpu_energy_consumed", .energy, unit: "uJ", scale: 1e-6, .worst),
        amd("pcie_bandwidth", .pcieBoth, unit: "Mb/s", scale: 125_000, .worst),
        amd("gpu_ecc_uncorrect_total", .uncorrectable, unit: "errors", .worst),
        amd("pcie_replay_count", .replays, unit: "replays", .worst),

        gpu(.gaudi, "habanalabs_utilization", .gpuUtilisation, unit: "%", scale: 0.01, .mean),
        gpu(.gaudi, "habanalabs_power_mW", .gpuPower, unit: "mW", scale: 0.001, .worst),
        gpu(.gaudi, "habanalabs_memory_used_bytes", .gpuMemoryUsed, unit: "B", .sum),
        gpu(.gaudi, "habanalabs_memory_free_bytes", .gpuMemoryFree, unit: "B", .sum),
        gpu(.gaudi, "habanalabs_memory_total_bytes", .gpuMemoryTotal, unit: "B", .sum),
        gpu(.gaudi, "habanalabs_temperature_onchip", .gpuTemperature, unit: "C", .worst),
        gpu(.gaudi, "habanalabs_clock_soc_mhz", .clock, unit: "MHz", .worst),
        gpu(.gaudi, "habanalabs_energy", .energy, unit: "J", .worst),
        gpu(.gaudi, "habanalabs_pcie_replay_count", .replays, unit: "replays", .worst),

        gpu(.triton, "nv_gpu_utilization", .gpuUtilisation, unit: "", .mean),
        gpu(.triton, "nv_gpu_power_usage", .gpuPower, unit: "W", .worst),
        gpu(.triton, "nv_energy_consumption", .energy, unit: "J", .worst),
        gpu(.triton, "nv_gpu_power_limit", .gpuPowerLimit, unit: "W", .worst),
        gpu(.triton, "nv_gpu_memory_used_bytes", .gpuMemoryUsed, unit: "B", .sum),
        gpu(.triton, "nv_gpu_memory_total_bytes", .gpuMemoryTotal, unit: "B", .sum),
    ]
}
