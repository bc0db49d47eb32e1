// SPDX-License-Identifier: Apache-2.0

import CSpawn
import Glibc

/// A pipe to or from a child: two ends, closed once each, and in no other program.
package final class ChildPipe {
    package private(set) var ends: [Int32] = [-1, -1]

    /// - Returns: nil with the reason in `errno`.
    package init?() {
        guard cspawn_pipe(&ends) == 0 else { return nil }
    }

    package var reading: Int32 { ends[0] }
    package var writing: Int32 { ends[1] }

    package func closeReading() { close(0) }
    package func closeWriting() { close(1) }

    private func close(_ end: Int) {
        if ends[end] >= 0 { Glibc.close(ends[end]) }
        ends[end] = -1
    }

    deinit {
        close(0)
        close(1)
    }
}
