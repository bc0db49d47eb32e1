// SPDX-License-Identifier: Apache-2.0

/// Training jobs: Megatron-Core's own names, and when a pushgateway was told what it repeats.
extension MetricNames {
    static let training: [MetricName] =
        megatron("megatron_training_") + megatron("megatron.training.") + [
            MetricName(
                product: .pushgateway, name: "push_time_seconds", metric: .pushedAt, entity: .push, kind: .gauge,
                unit: "s", aggregation: .worst)
        ]

    // By way of an OpenTelemetry collector: with the dots made underscores, or as UTF-8.
    private static func megatron(_ prefix: String) -> [MetricName] {
        func row(
            _ name: String, _ metric: Metric, _ kind: MetricName.Kind = .gauge, unit: String = "", scale: Double = 1,
            _ aggregation: MetricName.Aggregation = .mean
        ) -> MetricName {
            MetricName(
                product: .megatron, name: prefix + name, metric: metric, entity: .job, kind: kind, unit: unit,
                scale: scale, aggregation: aggregation)
        }
        return [
            row("tokens_per_sec", .trainedRate, unit: "tokens/s", .sum), row("loss", .loss),
            row("throughput_tflops", .trainedFLOPs, unit: "TFLOP/s"),
            row("step_duration_ms_sum", .stepSum, .counter, unit: "ms", scale: 0.001, .sum),
            row("step_duration_ms_count", .stepCount, .counter, unit: "steps", .sum),
        ]
    }
}

/// One name of a training job's metrics that the configuration gives a meaning to: nothing but Megatron has names of its own.
package struct TrainingMetric: Sendable, Hashable {
    /// What the number is.
    package enum Quantity: String, Sendable, Hashable, CaseIterable {
        case tokensPerSecond = "tokens_per_second"
        /// Tokens so far, a counter.
        case tokens
        case loss
        case stepSeconds = "step_seconds"
        case mfu
        case tflopsPerGPU = "tflops_per_gpu"

        var metric: Metric {
            switch self {
            case .tokensPerSecond: .trainedRate
            case .tokens: .trainedTotal
            case .loss: .loss
            case .stepSeconds: .stepTime
            case .mfu: .trainedMFU
            case .tflopsPerGPU: .trainedFLOPs
            }
        }
    }

    package var name: String
    /// The label that names the job; nil: `job`.
    package var label: String?
    package var quantity: Quantity
    /// What the page's number is multiplied by to be tokens, seconds, a share or TFLOP/s.
    package var scale: Double

    package init(name: String, label: String?, quantity: Quantity, scale: Double = 1) {
        self.name = name
        self.label = label
        self.quantity = quantity
        self.scale = scale
    }

    var row: MetricName {
        // Several series of one job are parts of its tokens, and several words on the rest.
        let isSum = quantity == .tokensPerSecond || quantity == .tokens
        return MetricName(
            product: .training, name: name, metric: quantity.metric, entity: .job,
            kind: quantity == .tokens ? .counter : .gauge, unit: "", scale: scale, aggregation: isSum ? .sum : .mean,
            jobLabel: label)
    }
}
