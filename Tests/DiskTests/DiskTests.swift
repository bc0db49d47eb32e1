// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Disk

@Suite("On the medium")
struct DiskTests {
    @Test("a replaced file is synced before its name is changed, and the name's directory after it")
    func order() throws {
        let folder = try folder()
        let path = folder + "/kept.json"
        try Disk.replace(path, with: Array("old".utf8))
        var seen: [String] = []
        try Disk.replace(path, with: Array("new".utf8)) { descriptor in
            var status = stat()
            fstat(descriptor, &status)
            let isFolder = status.st_mode & S_IFMT == S_IFDIR
            seen.append("\(isFolder ? "directory" : "file") while the file says \(Self.text(of: path))")
            return fsync(descriptor)
        }
        #expect(seen == ["file while the file says old", "directory while the file says new"])
        #expect(Self.text(of: path + ".new") == "")
    }

    @Test("what the system refuses is told in its words, and the old file stays")
    func refused() throws {
        let path = try folder() + "/kept.json"
        try Disk.replace(path, with: Array("old".utf8))
        #expect(throws: Disk.Failure(code: EIO)) {
            try Disk.replace(path, with: Array("new".utf8)) { _ in
                errno = EIO
                return -1
            }
        }
        #expect(Self.text(of: path) == "old")
        #expect(throws: Disk.Failure(code: ENOENT)) { try Disk.replace("/nonexistent/x", with: []) }
        #expect(Disk.Failure(code: ENOSPC).text == "No space left on device")
    }

    private func folder() throws -> String {
        var template = Array("/tmp/tokenworks-disk-XXXXXX".utf8CString)
        return try #require(
            template.withUnsafeMutableBufferPointer {
                $0.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
            })
    }

    private static func text(of path: String) -> String {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
