// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Lines of a file of any size, in bounded memory.
enum LineReader {
    /// No line of an audit comes near it; reading ends at a longer one.
    static let longest = 1 << 20

    /// - Parameter body: a line without its line feed, and whether it had one.
    static func read(
        _ descriptor: Int32, path: String, _ body: (ArraySlice<UInt8>, Bool) throws -> Void
    ) throws {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var pending: [UInt8] = []
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw RecordsError(.unusable, file: path, text: "\(path) cannot be read: \(SystemError.text(errno)).")
            }
            if count == 0 { break }
            var start = 0
            while let end = chunk[start..<count].firstIndex(of: UInt8(ascii: "\n")) {
                if pending.isEmpty {
                    try body(chunk[start..<end], true)
                } else {
                    pending += chunk[start..<end]
                    try body(pending[...], true)
                    pending.removeAll(keepingCapacity: true)
                }
                start = end + 1
            }
            pending += chunk[start..<count]
            if pending.count > longest {
                // Handed over as if it were whole: nobody must take it for the torn end of the file.
                return try body(pending[...], true)
            }
        }
        if !pending.isEmpty { try body(pending[...], false) }
    }
}
