// SPDX-License-Identifier: Apache-2.0

// The generated messages keep bytes as `Data`: this file alone makes it of ours (see Scripts/lint).
import FoundationEssentials

extension [UInt8] {
    var data: Data { Data(self) }
}
