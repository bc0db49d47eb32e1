// SPDX-License-Identifier: Apache-2.0

import Foundation
import Logging
import Testing

@testable import tokenworks

@Suite("The daemon's log")
struct LogTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func line(_ message: String, _ fields: Logger.Metadata) -> String {
        String(decoding: JSONLogHandler.line("info", message, fields, at: 1_764_338_587.0421), as: UTF8.self)
    }

    @Test("a line is JSON with time, level, message and fields, and no field takes their place")
    func shape() {
        let fields: Logger.Metadata = [
            "who": "eve", "pid": .stringConvertible(4711), "share": .stringConvertible(0.5), "level": "root",
            "list": .array(["a", .dictionary(["b": "c"])]), "ok": .stringConvertible(true),
        ]
        #expect(
            line("client joined", fields)
                == #"{"time":"2025-11-28T14:03:07.042Z","level":"info","message":"client joined","field_level":"root","#
                + #""list":["a",{"b":"c"}],"ok":true,"pid":4711,"share":0.5,"who":"eve"}"# + "\n")
    }

    @Test("what comes from outside breaks no line, steers no terminal and has an end")
    func hostile() throws {
        let text = line(
            "x\"\n", ["who": "\u{1B}[2J\r\n\u{202E}\0\"}", "y\n": .string(String(repeating: "z", count: 5000))])
        #expect(text.dropLast().unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E })
        #expect(text.count < 1500)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(object?["who"] as? String == "\u{1B}[2J\r\n\u{202E}\0\"}")
    }

    private func text(_ name: String) -> String {
        FileManager.default.contents(atPath: "\(scratch.path)/\(name)").map { String(decoding: $0, as: UTF8.self) }
            ?? ""
    }

    @Test("a full file is turned over, the last falls out, and no line is lost at a turn")
    func rotation() throws {
        let path = scratch.path + "/log"
        var file = try RotatingFile(path, limit: 100, count: 3)
        for number in 100..<130 { #expect(file.append(Array("line \(number) .......\n".utf8)) == nil) }
        let names = ["log.2", "log.1", "log"]
        let lines = names.flatMap { text($0).split(separator: "\n") }
        #expect(lines.map { String($0.prefix(8)) } == (130 - lines.count..<130).map { "line \($0)" })
        #expect(lines.count > 10)
        for name in names { #expect(!text(name).isEmpty && text(name).utf8.count <= 100) }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == ["log", "log.1", "log.2"])
        var facts = stat()
        #expect(lstat(path, &facts) == 0 && facts.st_mode & 0o777 == 0o640)
    }

    @Test("where no new file can be made the old one goes on")
    func noRoom() throws {
        try scratch.write("keep", to: "log.new/in the way")
        var file = try RotatingFile(scratch.path + "/log", limit: 50, count: 3)
        for number in 0..<20 { #expect(file.append(Array("line \(number)\n".utf8)) == nil) }
        #expect(text("log").split(separator: "\n").count == 20)
    }

    @Test("a file that others turn over is followed, and a torn line stays alone")
    func others() throws {
        let path = try scratch.write("whole\nhal", to: "log")
        var file = try RotatingFile(path)
        #expect(file.append(Array("one\n".utf8)) == nil)
        #expect(text("log") == "whole\nhal\none\n")
        try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
        #expect(file.append(Array("two\n".utf8)) == nil)
        #expect(text("log") == "two\n")
    }

    @Test("a link, a folder and a device are no log")
    func unsafe() throws {
        let target = try scratch.write("x", to: "target")
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link", withDestinationPath: target)
        for path in [scratch.path + "/link", scratch.path, "/dev/full", "/nowhere/log"] {
            #expect(throws: Complaint.self, "\(path)") { _ = try RotatingFile(path) }
        }
    }

    @Test("all that was logged is in the file when the sink has finished, in order")
    func sink() throws {
        let sink = try LogSink(.file(scratch.path + "/log")) { count, why in Array("lost \(count) \(why)\n".utf8) }
        for number in 0..<2000 { sink.put(Array("line \(number)\n".utf8)) }
        sink.finish(within: 60)
        #expect(text("log").split(separator: "\n").map(String.init) == (0..<2000).map { "line \($0)" })
    }

    @Test("more than can wait is counted, and the count is said behind what was written")
    func overflow() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let sink = try LogSink(.descriptor(ends[1])) { count, why in Array("lost \(count): \(why)\n".utf8) }
        // Nobody reads: the first line fills the pipe, and the thread stands there with what it has taken.
        let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20) + [UInt8(ascii: "\n")]
        for _ in 0..<200 { sink.put(line) }
        let reader = FileHandle(fileDescriptor: ends[0])
        let ended = Task.detached { [end = ends[1]] in
            sink.finish(within: 60)
            close(end)
        }
        let lines = try #require(try reader.readToEnd()).split(separator: UInt8(ascii: "\n"))
        _ = ended
        let written = lines.count { $0.first == UInt8(ascii: "x") }
        #expect(lines.allSatisfy { $0.count == 1 << 20 || $0.first == UInt8(ascii: "l") }, "a line is torn")
        #expect(
            (1...9).contains(written), "\(written) lines of a megabyte in four megabytes, and those that were taken")
        #expect(lines.last.map { String(decoding: $0, as: UTF8.self) } == "lost \(200 - written): too many at once")
    }
}
