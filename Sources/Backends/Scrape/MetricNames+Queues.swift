// SPDX-License-Identifier: Apache-2.0

/// What waits for nodes: Kueue, Slurm's own metrics (25.11 and later), and the exporters that stood in for them.
extension MetricNames {
    static let queues: [MetricName] = kueue + slurm + slurmExporter

    private static func row(
        _ product: MetricProduct, _ name: String, _ metric: Metric, _ kind: MetricName.Kind = .gauge, unit: String,
        with: (label: StaticString, value: String)? = nil, without: (label: StaticString, values: [String])? = nil
    ) -> MetricName {
        MetricName(
            product: product, name: name, with: with, without: without, metric: metric, entity: .queue, kind: kind,
            unit: unit)
    }

    // Active and inadmissible ones both wait.
    private static let kueue: [MetricName] =
        [
            row(.kueue, "kueue_pending_workloads", .pendingJobs, unit: "workloads"),
            row(.kueue, "kueue_admitted_active_workloads", .runningJobs, unit: "workloads"),
            row(.kueue, "kueue_evicted_workloads_total", .evictedJobs, .counter, unit: "workloads"),
            row(.kueue, "kueue_admission_wait_time_seconds", .admissionWait, .histogram, unit: "s"),
        ]
        + ["nvidia.com/gpu", "amd.com/gpu", "habana.ai/gaudi"].flatMap { resource in
            [
                row(
                    .kueue, "kueue_cluster_queue_resource_usage", .gpusUsed, unit: "GPUs", with: ("resource", resource)),
                row(.kueue, "kueue_cluster_queue_nominal_quota", .gpuQuota, unit: "GPUs", with: ("resource", resource)),
            ]
        }

    // The whole cluster's have no labels. By partition and by user there are names that both kinds of exporter use, with
    // other meanings: those are not read.
    private static let slurm: [MetricName] = [
        row(
            .slurm, "slurm_jobs_pending", .pendingJobs, unit: "jobs", with: ("partition", ""), without: ("user", ["*"])),
        row(
            .slurm, "slurm_jobs_running", .runningJobs, unit: "jobs", with: ("partition", ""), without: ("user", ["*"])),
    ]

    // One series, or one for each user, partition and reason.
    private static let slurmExporter: [MetricName] = [
        row(.slurmExporter, "slurm_queue_pending", .pendingJobs, unit: "jobs"),
        row(.slurmExporter, "slurm_queue_running", .runningJobs, unit: "jobs"),
        row(.slurmExporter, "slurm_gpus_alloc", .gpusUsed, unit: "GPUs"),
        row(.slurmExporter, "slurm_gpus_total", .gpuQuota, unit: "GPUs"),
    ]
}
