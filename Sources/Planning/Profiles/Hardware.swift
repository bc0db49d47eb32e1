// SPDX-License-Identifier: Apache-2.0

/// A kind of machine: the unit that moves between pools, and what it can do and costs.
///
/// Figures: FACTORY.md section 4 (datasheets of NVIDIA, all-in power of InferenceX, neocloud prices).
package struct Hardware: Sendable, Hashable {
    /// For flags and files: `h100`.
    package let name: String
    /// For people: `8 x H100`.
    package var title: String
    /// Accelerators of the unit that moves: a node of 8, or a whole NVL72 rack.
    package let gpusPerUnit: Int
    /// Dense peak of one accelerator. Unit: FLOP/s.
    package var bf16: Double
    package var fp8: Double
    /// nil where the hardware has no such format.
    package let fp4: Double?
    /// Memory of one accelerator, and its bandwidth. Unit: bytes, bytes/s.
    package var memory: Double
    package var bandwidth: Double
    /// One accelerator at rest and at most. Unit: W.
    package let gpuIdle: Double
    package let gpuPeak: Double
    /// The whole unit at rest and at most. Unit: W.
    package var unitIdle: Double
    package var unitPeak: Double
    /// Rent of one accelerator, energy and building in it. Unit: $/h.
    package var pricePerHour: Double

    package static let h100 = Hardware(
        name: "h100", title: "8 x H100", gpusPerUnit: 8, bf16: 989e12, fp8: 1979e12, fp4: nil, memory: 80e9,
        bandwidth: 3.35e12, gpuIdle: 75, gpuPeak: 700, unitIdle: 3060, unitPeak: 10_200, pricePerHour: 1.69)
    package static let h200 = Hardware(
        name: "h200", title: "8 x H200", gpusPerUnit: 8, bf16: 989e12, fp8: 1979e12, fp4: nil, memory: 141e9,
        bandwidth: 4.8e12, gpuIdle: 75, gpuPeak: 700, unitIdle: 3060, unitPeak: 10_200, pricePerHour: 1.74)
    package static let b200 = Hardware(
        name: "b200", title: "8 x B200", gpusPerUnit: 8, bf16: 2250e12, fp8: 4500e12, fp4: 9000e12, memory: 180e9,
        bandwidth: 8.0e12, gpuIdle: 140, gpuPeak: 1000, unitIdle: 4300, unitPeak: 14_300, pricePerHour: 2.34)
    package static let gb200 = Hardware(
        name: "gb200", title: "GB200 NVL72", gpusPerUnit: 72, bf16: 2250e12, fp8: 4500e12, fp4: 9000e12, memory: 180e9,
        bandwidth: 8.0e12, gpuIdle: 140, gpuPeak: 1200, unitIdle: 36_000, unitPeak: 120_000, pricePerHour: 2.75)

    package static let all = [h100, h200, b200, gb200]

    /// nil for a name that is not known.
    package static func named(_ name: String) -> Hardware? { all.first { $0.name == name } }

    /// What serving computes in on it: the smallest format it has. Unit: FLOP/s of one accelerator.
    package var servingPeak: Double { fp4 ?? fp8 }
    /// Bytes of a weight in that format.
    package var servingBytes: Double { fp4 == nil ? 1 : 0.5 }
    /// Units that share a rack's power and switch: four nodes [DGX SuperPOD]; an NVL72 is a rack.
    package var unitsPerRack: Int { gpusPerUnit > 8 ? 1 : 4 }
    /// For people: `FP8`.
    package var servingFormat: String { fp4 == nil ? "FP8" : "FP4" }
}
