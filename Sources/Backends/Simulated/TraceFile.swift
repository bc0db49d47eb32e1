// SPDX-License-Identifier: Apache-2.0

import CZlib
import Glibc
package import Simulation

/// A trace file that cannot be used. `description` is one sentence that says which file, where and why.
package struct TraceFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `PATH: line 3: chat_rps is 'abc', not a number`.
    package let description: String
    init(_ path: String, _ text: String) { description = "\(path): \(text)" }
}

/// A demand trace on disk: CSV, plain or gzip.
package enum TraceFile {
    /// Unpacked bytes beyond which a file is no trace; a year of ten-minute rows has 5 MB.
    private static let limit = 256 << 20

    /// Reads and parses a file. Blocks for as long as the disk does.
    package static func traffic(at path: String) throws(TraceFileError) -> Traffic {
        let bytes = try read(path)
        do {
            let name = path.split(separator: "/").last.map { String($0) } ?? path
            return Traffic(try TraceRows(parsing: bytes), name: name)
        } catch {
            throw TraceFileError(path, error.description)
        }
    }

    private static func read(_ path: String) throws(TraceFileError) -> [UInt8] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw TraceFileError(path, String(cString: strerror(errno))) }
        // Opening a pipe or a terminal would wait for a writer that never comes.
        guard status.st_mode & S_IFMT == S_IFREG else {
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            throw TraceFileError(path, isFolder ? "is a directory, not a trace" : "is not a regular file")
        }
        guard status.st_size > 0 else { throw TraceFileError(path, "the trace is empty") }
        var pointer: UnsafeMutablePointer<UInt8>?
        var count = 0
        var wasGzip: CInt = 0
        let result = czlib_read_all(path, limit, &pointer, &count, &wasGzip)
        let reason = errno
        defer { czlib_free(pointer) }
        if let problem = problem(result, reason: reason) { throw TraceFileError(path, problem) }
        if path.hasSuffix(".gz"), wasGzip == 0 { throw TraceFileError(path, "is named .gz but is not gzip") }
        let bytes = Array(UnsafeBufferPointer(start: pointer, count: count))
        if bytes.prefix(4096).contains(0) { throw TraceFileError(path, "is binary, not CSV") }
        return bytes
    }

    private static func problem(_ result: CInt, reason: CInt) -> String? {
        switch result {
        case CInt(CZLIB_OK.rawValue): nil
        case CInt(CZLIB_CANNOT_OPEN.rawValue): String(cString: strerror(reason))
        case CInt(CZLIB_CORRUPT.rawValue): "is damaged gzip, or could not be read to its end"
        case CInt(CZLIB_TOO_LARGE.rawValue): "holds more than \(limit >> 20) MB, too much for a trace"
        default: "there is not enough memory to read it"
        }
    }
}
