// SPDX-License-Identifier: Apache-2.0

/// What went wrong in the memory and on the bus of an accelerator since its driver was loaded. Zeros where nobody counts: what
/// is not said here is not known to be well.
package struct GPUFaults: Sendable, Codable, Hashable {
    /// Memory errors that no code could mend: what computed then is wrong.
    package var uncorrectable = 0
    /// Whether a bad row could not be replaced: the card is to be exchanged.
    package var remapFailed = false
    /// Bad rows that were replaced.
    package var remappedRows = 0
    /// Transfers over PCIe that had to be repeated: a few are normal.
    package var replays = 0

    package init() {}

    package var isNone: Bool { self == GPUFaults() }

    /// `row remap failed, 2 uncorrectable errors, 1 row remapped, 3 PCIe replays`; empty for none.
    package var words: String {
        var words: [String] = []
        if remapFailed { words.append("row remap failed") }
        if uncorrectable > 0 { words.append(Words.count(uncorrectable, "uncorrectable error")) }
        if remappedRows > 0 { words.append("\(Words.count(remappedRows, "row")) remapped") }
        if replays > 0 { words.append(Words.count(replays, "PCIe replay")) }
        return words.joined(separator: ", ")
    }
}
