// SPDX-License-Identifier: Apache-2.0

import Foundation
import Simulation
import Testing

#if canImport(SimulatedBackend)
    @testable import SimulatedBackend
#else
    @testable import Backends
#endif

struct TraceFileTests {
    private static let header =
        "t_s,chat_rps,chat_idc,chat_in,chat_out,think_rps,think_idc,think_in,think_out,video_rps\n"
    private static let rows = header + "0,10,1,900,150,1,1,1200,1400,5\n600,12,1,900,150,1,1,1200,1400,5\n"
    /// A file that goes away after the test.
    private static func file(_ name: String, _ bytes: Data, _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // ignored because the system empties it too
        let path = folder.appendingPathComponent(name)
        try bytes.write(to: path)
        try body(path.path)
    }

    private static func problem(_ path: String) -> String {
        do {
            _ = try TraceFile.traffic(at: path)
            return "no error"
        } catch { return error.description }
    }

    /// `gzip` as a tool: the other side of the format.
    private static func compressed(_ text: String) throws -> Data {
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: "/bin/gzip")
        let input = Pipe()
        let output = Pipe()
        tool.standardInput = input
        tool.standardOutput = output
        try tool.run()
        input.fileHandleForWriting.write(Data(text.utf8))
        try input.fileHandleForWriting.close()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        tool.waitUntilExit()
        return data
    }

    @Test("plain and gzip files give the same traffic", arguments: [false, true])
    func reads(zipped: Bool) throws {
        let data = zipped ? try Self.compressed(Self.rows) : Data(Self.rows.utf8)
        try Self.file(zipped ? "t.csv.gz" : "t.csv", data) { path in
            let traffic = try TraceFile.traffic(at: path)
            #expect(traffic.leftOut == ["video"])
            #expect(traffic.name == (zipped ? "trace t.csv.gz" : "trace t.csv"))
        }
    }

    @Test("each bad file is one sentence with its path")
    func errors() throws {
        #expect(Self.problem("/nowhere/t.csv") == "/nowhere/t.csv: No such file or directory")
        #expect(Self.problem("/tmp") == "/tmp: is a directory, not a trace")
        #expect(Self.problem("/dev/null") == "/dev/null: is not a regular file")
        try Self.file("t.csv", Data()) { #expect(Self.problem($0) == "\($0): the trace is empty") }
        try Self.file("t.csv.gz", Data(Self.rows.utf8)) {
            #expect(Self.problem($0) == "\($0): is named .gz but is not gzip")
        }
        try Self.file("t.csv", Data([65, 0, 66])) { #expect(Self.problem($0) == "\($0): is binary, not CSV") }
        let whole = try Self.compressed(String(repeating: Self.rows, count: 50))
        try Self.file("t.csv.gz", whole.prefix(whole.count / 2)) {
            #expect(Self.problem($0) == "\($0): is damaged gzip, or could not be read to its end")
        }
        try Self.file("t.csv", Data((Self.header + "0,x,1,1,1,1,1,1,1,1\n").utf8)) {
            #expect(Self.problem($0) == "\($0): line 2: chat_rps is 'x', not a number")
        }
    }
}
