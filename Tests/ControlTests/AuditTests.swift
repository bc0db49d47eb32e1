// SPDX-License-Identifier: Apache-2.0

import Factory
import Glibc
import Synchronization
import Testing

@testable import Control

@Suite struct AuditTests {
    private let scratch = Scratch()

    private func open() throws -> PlantRecords {
        try PlantRecords.open(directory: scratch.path, plant: "par1", wall: { 1_764_036_372.25 })
    }

    /// Five whole commands.
    private func fill() throws -> String {
        let records = try open()
        for number in 1...5 {
            let record = try records.append([asked(number)])[0]
            try records.append([ending(.refused, of: record)])
        }
        return records.path
    }

    @Test("a line is canonical: sorted keys, hostile characters visible, and decodes to the same record")
    func line() throws {
        var chain = AuditChain()
        let entry = AuditEntry(
            .step, at: PlantTime(epoch: 12.5), by: "o\"p\\s\u{1B}[2J\u{202E}é", decision: DecisionID(3),
            node: NodeID("su01-n02"), step: .drain, mode: .hold, text: "a\nb", details: ["z": "1", "a": "2"])
        let record = chain.next(entry, wall: 1_764_036_372.1239)
        chain.advance(to: record)
        let text = String(decoding: AuditLine.encode(record), as: UTF8.self)
        let expected =
            #"{"at":12.500,"by":"o\"p\\s\u001b[2J\u202eé","decision":"d-3","details":{"a":"2","z":"1"},"hash":""#
            + record.hash
            + #"","kind":"step","mode":"HOLD","node":"su01-n02","previous":"","sequence":1,"step":"drain","#
            + #""text":"a\u000ab","wall":1764036372.124}"#
        #expect(text == expected)
        #expect(AuditLine.decode(AuditLine.encode(record)[...]) == record)
        #expect(record.hash.count == 64)
    }

    @Test(
        "another spelling of the same record is no record", arguments: [" ", "{}", "[]", "null", "{\"a\":1}", "\u{0}"])
    func otherSpelling(_ text: String) {
        #expect(AuditLine.decode(Array(text.utf8)[...]) == nil)
        let line = AuditLine.encode(AuditChain().next(asked(1), wall: 1))
        #expect(AuditLine.decode((line + Array(text.utf8))[...]) == nil)
    }

    @Test("no number from the world breaks a line", arguments: [.nan, .infinity, -.infinity, 1e300, -0.0004])
    func wildNumbers(_ value: Double) {
        var entry = asked(1)
        entry.at = PlantTime(epoch: value)
        let record = AuditChain().next(entry, wall: value)
        #expect(AuditLine.decode(AuditLine.encode(record)[...]) == record)
    }

    @Test("what was written is intact, 0600 in a directory of ours, and read back newest last")
    func intact() throws {
        let file = try fill()
        let verdict = try AuditReading.verify(file: file)
        #expect(verdict.isIntact && verdict.records == 10 && verdict.open.isEmpty && verdict.tornBytes == 0)
        #expect(try AuditReading.show(file: file, limit: 3).map(\.sequence) == [8, 9, 10])
        #expect(try AuditReading.show(file: file, limit: .max).count == 10)
        #expect(try AuditReading.show(file: file, limit: -1).isEmpty)
        var status = stat()
        #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
        #expect(try AuditReading.verify(file: file, head: verdict.head).holdsHead == true)
    }

    @Test(
        "every way to tamper is found at its line",
        arguments: [
            ("flip", AuditFault.Kind.malformed), ("reword", .altered), ("delete", .gap), ("reorder", .gap),
            ("repeat", .fork), ("splice", .fork), ("cut middle", .gap), ("empty line", .malformed), ("first", .gap),
        ])
    func tampered(_ way: String, _ kind: AuditFault.Kind) throws {
        let file = try fill()
        var lines = scratch.lines(file)
        var line = 4
        switch way {
        case "flip": lines[3][10] ^= 0x80
        case "reword":
            lines[3] = Array(String(decoding: lines[3], as: UTF8.self).replacing("ended", with: "ENDED").utf8)
        case "delete": lines.remove(at: 3)
        case "reorder": lines.swapAt(3, 4)
        case "repeat": lines.insert(lines[2], at: 3)
        case "splice":
            // A whole history of another run, continued with the right numbers.
            let other = Scratch()
            let records = try PlantRecords.open(directory: other.path, plant: "par1", wall: { 7 })
            for number in 1...5 { try records.append([asked(number, text: "other")]) }
            lines[3...] = other.lines(records.path)[3...]
        case "cut middle": lines[2..<5] = [lines[2]]
        case "empty line": lines.insert([], at: 3)
        default:
            lines.removeFirst()
            line = 1
        }
        scratch.write(lines: lines, to: file)
        let fault = try #require(try AuditReading.verify(file: file).fault)
        #expect(fault.kind == kind && fault.line == line)
        let error = #expect(throws: RecordsError.self) { try self.open() }
        #expect(error?.kind == .broken(fault))
        #expect(error?.text.contains("line \(line)") == true)
        #expect(scratch.lines(file) == lines.filter { !$0.isEmpty }, "a broken audit is evidence: it is not touched")
    }

    @Test("any single flipped bit anywhere is found")
    func anyBit() throws {
        let file = try fill()
        let bytes = scratch.bytes(file)
        for place in stride(from: 0, to: bytes.count, by: 37) {
            var changed = bytes
            changed[place] ^= 1
            scratch.write(changed, to: file)
            let verdict = try AuditReading.verify(file: file)
            #expect(!verdict.isIntact || verdict.tornBytes > 0, "bit at \(place)")
        }
    }

    @Test("a cut tail shows only against a head noted elsewhere")
    func cutTail() throws {
        let file = try fill()
        let head = try AuditReading.verify(file: file).head
        scratch.write(lines: Array(scratch.lines(file).dropLast(2)), to: file)
        #expect(try AuditReading.verify(file: file).isIntact)
        let verdict = try AuditReading.verify(file: file, head: head)
        #expect(!verdict.isIntact && verdict.sentence.contains("cut"))
    }

    @Test("a second writer is refused with the file and the process that holds it")
    func secondWriter() throws {
        let first = try open()
        let error = #expect(throws: RecordsError.self) { try self.open() }
        #expect(error?.kind == .locked(by: Int(getpid())))
        #expect(error?.text.contains("\(getpid())") == true && error?.text.contains(first.path) == true)
        try first.append([asked(1)])
    }

    @Test("a writer in another process is refused as well, and the lock goes with it")
    func otherProcess() throws {
        let file = PlantRecords.path(directory: scratch.path, plant: "par1")
        let (child, gate) = try holdInChild(file)
        let error = #expect(throws: RecordsError.self) { try self.open() }
        #expect(error?.kind == .locked(by: Int(child)))
        close(gate)
        var status: Int32 = 0
        waitpid(child, &status, 0)
        _ = try open()
    }

    /// A process that locks the file until its standard input closes; returns once it has the lock.
    private func holdInChild(_ file: String) throws -> (pid_t, Int32) {
        var input: [Int32] = [0, 0]
        var output: [Int32] = [0, 0]
        try #require(pipe(&input) == 0 && pipe(&output) == 0)
        for end in input + output { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input[0], 0)
        posix_spawn_file_actions_adddup2(&actions, output[1], 1)
        let words = ["flock", "-x", file, "/bin/sh", "-c", "echo locked; exec 1>&-; read x"]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { (word: String) in strdup(word) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var child: pid_t = 0
        try #require(posix_spawn(&child, "/usr/bin/flock", &actions, nil, &arguments, environ) == 0)
        close(input[0])
        close(output[1])
        var byte: UInt8 = 0
        try #require(read(output[0], &byte, 1) == 1)
        close(output[0])
        return (child, input[1])
    }

    @Test("an asked that a crash cut is closed as interrupted at the next start, once")
    func interrupted() throws {
        do {
            let records = try open()
            try records.append([asked(7)])
            #expect(records.open == [1])
        }
        let records = try open()
        #expect(records.open.isEmpty && records.lastDecision == 7 && records.mended.count == 1)
        let ending = try #require(records.newest(1).first)
        #expect(
            ending.kind == .interrupted && ending.decision == DecisionID(7) && ending.details[AuditKey.asked] == "1")
        #expect(try AuditReading.verify(file: records.path).open.isEmpty)
    }

    @Test("a plan that waited for a second operator when a crash came lapses at the next start, once, with the reason")
    func orphaned() throws {
        do {
            let records = try open()
            let record = try records.append([asked(7)])[0]
            try records.append([ending(.waiting, of: record)])
            #expect(records.open.isEmpty && records.waiting == [DecisionID(7)])
        }
        let records = try open()
        #expect(records.waiting.isEmpty && records.mended.count == 1)
        let lapsed = try #require(records.newest(1).first)
        #expect(lapsed.kind == .lapsed && lapsed.decision == DecisionID(7) && lapsed.by == "tokenworks")
        #expect(lapsed.text.contains("d-7 of ") && lapsed.text.contains("when its process was cut"), "\(lapsed.text)")
        #expect(try AuditReading.verify(file: records.path).records == 3)
    }

    @Test("a record of every kind comes back from its line as it was", arguments: AuditRecord.Kind.allCases)
    func everyKind(_ kind: AuditRecord.Kind) throws {
        let entry = AuditEntry(
            kind, at: PlantTime(epoch: 1), by: "eve", decision: DecisionID(3), mode: .manual, text: "t",
            details: [AuditKey.until: "2026-11-28T14:03:07Z"])
        let line = AuditLine.encode(AuditChain().next(entry, wall: 1))
        #expect(AuditLine.decode(line[...])?.kind == kind)
        #expect(String(decoding: line, as: UTF8.self).contains(#""kind":"\#(kind.rawValue)""#))
    }

    @Test("opening again mends nothing and changes no byte")
    func quiet() throws {
        let file = try fill()
        let before = scratch.bytes(file)
        #expect(try open().mended.isEmpty)
        #expect(scratch.bytes(file) == before)
    }

    @Test("a line torn anywhere is set aside and recorded; no whole record is lost", arguments: [1, 20, 150, -2])
    func torn(_ bytes: Int) throws {
        let file = try fill()
        let whole = scratch.bytes(file)
        let line = AuditLine.encode(AuditChain().next(asked(9), wall: 5))
        let torn = Array(bytes > 0 ? line.prefix(bytes) : line.dropLast(-bytes))
        scratch.write(whole + torn, to: file)
        #expect(try AuditReading.verify(file: file).tornBytes == torn.count)
        let records = try open()
        #expect(Array(scratch.bytes(file).prefix(whole.count)) == whole)
        let aside = try #require(scratch.names.first { $0.contains(".torn-11") })
        #expect(scratch.bytes(scratch.path + "/" + aside) == torn)
        #expect(records.newest(1).first?.text.contains(aside) == true)
        let verdict = try AuditReading.verify(file: file)
        #expect(verdict.isIntact && verdict.records == 11 && verdict.tornBytes == 0)
    }

    @Test("a whole record that lacks only its line feed is kept")
    func unterminated() throws {
        let file = try fill()
        scratch.write(Array(scratch.bytes(file).dropLast()), to: file)
        let records = try open()
        #expect(records.mended.isEmpty && records.newest(1).first?.sequence == 10)
        #expect(try AuditReading.verify(file: file).records == 10)
    }

    @Test("a path that others could have touched is refused with what to do", arguments: 0..<6)
    func unsafePath(_ way: Int) throws {
        let file = PlantRecords.path(directory: scratch.path, plant: "par1")
        var directory = scratch.path
        var word = ""
        let link = scratch.path + "/link"
        switch way {
        case 0: (word, _) = ("symbolic link", symlink("/etc/hostname", file))
        case 1: (directory, word, _) = (link, "link", symlink("/tmp", link))
        case 2:
            scratch.write([], to: file)
            (word, _) = ("chmod go-w", chmod(file, 0o620))
        case 3: (word, _) = ("chmod go-w", chmod(scratch.path, 0o777))
        case 4: (word, _) = ("no plain file", mkfifo(file, 0o600))
        default: (directory, word) = ("state/here", "absolute")
        }
        let error = #expect(throws: RecordsError.self) { try PlantRecords.open(directory: directory, plant: "par1") }
        #expect(error?.text.contains(word) == true, "\(error?.text ?? "")")
    }

    @Test("a directory that cannot be made is named in the sentence")
    func unwritable() {
        let error = #expect(throws: RecordsError.self) {
            try PlantRecords.open(directory: "/proc/nowhere/state", plant: "par1")
        }
        #expect(error?.kind == .unusable && error?.text.contains("/proc/nowhere") == true)
    }

    @Test("a plant's name cannot leave the directory", arguments: ["../../etc/passwd", ".", "", "a b/ü", "x\ty"])
    func fileNames(_ plant: String) throws {
        let name = PlantRecords.path(directory: "/s", plant: plant).dropFirst(3)
        #expect(!name.contains("/") && name.hasPrefix("audit-") && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
    }
}
