// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The few things the audit does to its file. In its own protocol so that their order can be proven.
protocol RecordFile: Sendable {
    /// As the sentences name it.
    var path: String { get }
    /// Adds at the end. What could be written of it before an error stays until `truncate`.
    func append(_ bytes: [UInt8]) throws(RecordsError)
    /// Returns once everything appended is on the medium.
    func sync() throws(RecordsError)
    /// Takes back what was appended beyond this length.
    func truncate(to length: Int) throws(RecordsError)
}

/// A file in memory: for golden runs and tests, and a plant that promises no record on disk.
final class MemoryFile: RecordFile {
    let path: String
    private let bytes = Mutex<[UInt8]>([])

    init(path: String) { self.path = path }

    var contents: [UInt8] { bytes.withLock { $0 } }

    func append(_ more: [UInt8]) { bytes.withLock { $0 += more } }
    func sync() {}
    func truncate(to length: Int) { bytes.withLock { $0.removeLast(max(0, $0.count - length)) } }
}

/// A file that keeps nothing: for trials of weeks, whose audit nobody reads.
final class ForgottenFile: RecordFile {
    let path: String

    init(path: String) { self.path = path }

    func append(_ bytes: [UInt8]) {}
    func sync() {}
    func truncate(to length: Int) {}
}
