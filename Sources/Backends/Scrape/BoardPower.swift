// SPDX-License-Identifier: Apache-2.0

/// The power that an accelerator is built for, by the model name that DCGM gives: dcgm-exporter does not serve the
/// limit by default, and without it a power reading has no scale.
enum BoardPower {
    /// The makers' data sheets, default limit. The longest beginning that fits counts. Unit: W.
    private static let table: [(model: String, watts: Double)] = [
        ("NVIDIA GB200", 1200), ("NVIDIA B200", 1000), ("NVIDIA H200 NVL", 600), ("NVIDIA H200", 700),
        ("NVIDIA H100 PCIe", 350), ("NVIDIA H100 NVL", 400), ("NVIDIA H100", 700), ("NVIDIA H20", 400),
        ("NVIDIA A100-SXM4", 400), ("NVIDIA A100-PCIE-40GB", 250), ("NVIDIA A100 80GB PCIe", 300),
        ("NVIDIA L40S", 350), ("NVIDIA L40", 300), ("NVIDIA L4", 72), ("NVIDIA A10G", 300), ("NVIDIA A10", 150),
        ("Tesla V100-SXM2", 300), ("Tesla V100-PCIE", 250), ("Tesla T4", 70),
    ]

    static func watts(of model: String) -> Double? {
        table.filter { model.hasPrefix($0.model) }.max { $0.model.utf8.count < $1.model.utf8.count }?.watts
    }
}
