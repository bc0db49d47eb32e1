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
    ]

    /// One row of an accelerator. `parts` are the labels of what a GPU may be divided into; a series without them is of the
    /// whole. Repeated per pod and per job (`hpc_job`) the same value counts once.
    private static func gpu(
        _ product: MetricProduct, _ name: String, _ metric: Metric, unit: String, scale: Double = 1,
        _ aggregation: MetricName.Aggregation, rank: Int = 0, parts: [StaticString] = []
    ) -> MetricName {
        MetricName(
            product: product, name: name, metric: metric, entity: .gpu, kind: .gauge, unit: unit, scale: scale,
            aggregation: aggregation, rank: rank, parts: parts)
    }

    // With MIG a GPU has series of its instances, by GPU_I_ID, beside or instead of its own.
    private static func dcgm(
        _ name: String, _ metric: Metric, unit: String, scale: Double = 1, _ aggregation: MetricName.Aggregation
    ) -> MetricName {
        gpu(.dcgm, name, metric, unit: unit, scale: scale, aggregation, parts: ["GPU_I_ID"])
    }

    private static func amd(
        _ name: String, _ metric: Metric, unit: String, scale: Double = 1, _ aggregation: MetricName.Aggregation,
        rank: Int = 0
    ) -> MetricName {
        gpu(.amd, name, metric, unit: unit, scale: scale, aggregation, rank: rank, parts: ["gpu_partition_id"])
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

        amd("gpu_gfx_activity", .gpuUtilisation, unit: "%", scale: 0.01, .mean),
        amd("gpu_power_usage", .gpuPower, unit: "W", .worst),
        amd("gpu_package_power", .gpuPower, unit: "W", .worst, rank: 1),
        amd("gpu_used_vram", .gpuMemoryUsed, unit: "MB", .sum),
        amd("gpu_free_vram", .gpuMemoryFree, unit: "MB", .sum),
        amd("gpu_total_vram", .gpuMemoryTotal, unit: "MB", .sum),
        amd("gpu_junction_temperature", .gpuTemperature, unit: "C", .worst),
        amd("gpu_edge_temperature", .gpuTemperature, unit: "C", .worst, rank: 1),

        gpu(.gaudi, "habanalabs_utilization", .gpuUtilisation, unit: "%", scale: 0.01, .mean),
        gpu(.gaudi, "habanalabs_power_mW", .gpuPower, unit: "mW", scale: 0.001, .worst),
        gpu(.gaudi, "habanalabs_memory_used_bytes", .gpuMemoryUsed, unit: "B", .sum),
        gpu(.gaudi, "habanalabs_memory_free_bytes", .gpuMemoryFree, unit: "B", .sum),
        gpu(.gaudi, "habanalabs_memory_total_bytes", .gpuMemoryTotal, unit: "B", .sum),
        gpu(.gaudi, "habanalabs_temperature_onchip", .gpuTemperature, unit: "C", .worst),

        gpu(.triton, "nv_gpu_utilization", .gpuUtilisation, unit: "", .mean),
        gpu(.triton, "nv_gpu_power_usage", .gpuPower, unit: "W", .worst),
        gpu(.triton, "nv_gpu_power_limit", .gpuPowerLimit, unit: "W", .worst),
        gpu(.triton, "nv_gpu_memory_used_bytes", .gpuMemoryUsed, unit: "B", .sum),
        gpu(.triton, "nv_gpu_memory_total_bytes", .gpuMemoryTotal, unit: "B", .sum),
    ]
}
