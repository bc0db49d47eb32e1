// SPDX-License-Identifier: Apache-2.0

/// Whose page it is, and which of its labels name what.
enum MetricProduct: String, Sendable, Hashable, CaseIterable {
    case nodeExporter = "node_exporter"
    case dcgm, amd, gaudi
    case vllm, sglang, trtllm, tgi
    case llamacpp = "llama.cpp"
    case dynamo, triton, nim
    case rayLLM = "ray"
    case rayServe = "ray serve"
    case megatron, training, pushgateway
    case kueue, slurm
    case slurmExporter = "slurm exporter"
    case any

    /// The label that names the model; nil where a page is of one model and does not say which.
    var modelLabel: StaticString? {
        switch self {
        case .vllm, .sglang, .trtllm, .nim, .rayLLM: "model_name"
        case .dynamo, .triton: "model"
        case .rayServe: "application"
        case .tgi, .llamacpp, .nodeExporter, .dcgm, .amd, .gaudi, .megatron, .training, .pushgateway, .kueue, .slurm,
            .slurmExporter, .any:
            nil
        }
    }

    /// The label that tells the engines of one page apart.
    var engineLabel: StaticString? {
        switch self {
        case .vllm, .rayLLM: "engine"
        // Tensor and pipeline ranks say the same of one engine; only data-parallel ones are engines of their own.
        case .sglang: "dp_rank"
        case .triton: "version"
        case .trtllm, .nim, .tgi, .llamacpp, .dynamo, .rayServe, .nodeExporter, .dcgm, .amd, .gaudi, .megatron,
            .training, .pushgateway, .kueue, .slurm, .slurmExporter, .any:
            nil
        }
    }

    /// Whether it stands before engines that may be scraped as well: its tokens are theirs.
    var isFrontend: Bool { self == .dynamo }

    /// Whether a series is this product's only where the model is named: NIM's names have no prefix, and Ray Serve counts what
    /// asked for no application.
    var needsModel: Bool { self == .nim || self == .rayServe }

    /// Whether its names were seen on a page of a real server (Tests/Fixtures); the others are their documents' word.
    var isRecorded: Bool {
        switch self {
        case .nodeExporter, .vllm, .dynamo, .rayServe, .pushgateway, .any: true
        // The operator's own.
        case .training: true
        case .dcgm, .amd, .gaudi, .sglang, .trtllm, .tgi, .llamacpp, .triton, .nim, .rayLLM, .megatron, .kueue, .slurm,
            .slurmExporter:
            false
        }
    }

    /// TensorRT-LLM names one model by its path in one family and by its last part in another.
    func model(_ text: String) -> String {
        self == .trtllm ? String(text.split(separator: "/").last ?? "") : text
    }
}
