// SPDX-License-Identifier: Apache-2.0

import Factory
import Synchronization
import Testing

@testable import Control

/// A file that remembers what was done to it, and fails when it is told to.
final class TracingFile: RecordFile {
    struct Trace {
        var calls: [String] = []
        var bytes: [UInt8] = []
        var failAppend = false
        /// So many appends more are taken; nil: no limit.
        var failAppendAfter: Int?
        var failSync = false
        var failTruncate = false
    }

    let path = "/trace/audit-par1.jsonl"
    private let trace = Mutex(Trace())

    func set(_ change: (inout sending Trace) -> Void) { trace.withLock { change(&$0) } }
    var calls: [String] { trace.withLock { $0.calls } }
    var length: Int { bytes.count }
    var bytes: [UInt8] { trace.withLock { $0.bytes } }

    func note(_ call: String) { trace.withLock { $0.calls.append(call) } }

    func append(_ bytes: [UInt8]) throws(RecordsError) {
        try step("append") { trace in
            let fails = trace.failAppend || trace.failAppendAfter == 0
            if let left = trace.failAppendAfter, left > 0 { trace.failAppendAfter = left - 1 }
            trace.bytes += fails ? bytes.prefix(bytes.count / 2) : bytes[...]
            return fails
        }
    }

    func sync() throws(RecordsError) { try step("sync") { $0.failSync } }

    func truncate(to length: Int) throws(RecordsError) {
        try step("truncate") { trace in
            trace.bytes.removeLast(trace.bytes.count - length)
            return trace.failTruncate
        }
    }

    private func step(_ name: String, _ fails: (inout Trace) -> Bool) throws(RecordsError) {
        let failed = trace.withLock { trace in
            trace.calls.append(name)
            return fails(&trace)
        }
        if failed { throw RecordsError(.unwritable, file: path, text: "No space left on device.") }
    }
}

@Suite struct RecordFileTests {
    private let file = TracingFile()
    private var records: PlantRecords { PlantRecords.on(file, wall: { 1 }) }

    @Test("an append returns only after the sync that follows its one write")
    func order() throws {
        let records = records
        try records.append([asked(1), asked(2)])
        file.note("returned")
        #expect(file.calls == ["append", "sync", "returned"])
    }

    @Test("a full disk is taken back, and the next append continues the chain")
    func fullDisk() throws {
        let records = records
        try records.append([asked(1)])
        let (length, head) = (file.length, records.head)
        file.set { $0.failAppend = true }
        #expect(throws: RecordsError.self) { try records.append([asked(2)]) }
        #expect(file.length == length && records.head == head && records.newest(9).count == 1)
        file.set { $0.failAppend = false }
        #expect(try records.append([asked(2)])[0].previous == head)
    }

    @Test("after a failed sync or a failed mend nothing is written any more", arguments: [true, false])
    func lost(_ bySync: Bool) throws {
        let records = records
        file.set {
            $0.failSync = bySync
            $0.failAppend = !bySync
            $0.failTruncate = true
        }
        #expect(throws: RecordsError.self) { try records.append([asked(1)]) }
        file.set {
            $0.failSync = false
            $0.failAppend = false
        }
        let before = file.calls.count
        #expect(throws: RecordsError.self) { try records.append([asked(2)]) }
        #expect(file.calls.count == before)
    }

    @Test("a record that no reader would take is not written")
    func tooLong() {
        let records = records
        let long = String(repeating: "x", count: LineReader.longest)
        #expect(throws: RecordsError.self) { try records.append([asked(1, text: long)]) }
        #expect(file.calls.isEmpty && records.head.isEmpty)
    }

    @Test("the newest records stay in memory, and no more than the limit")
    func bounded() {
        var replay = AuditReplay(kept: 10)
        var chain = AuditChain()
        for number in 1...1000 {
            let record = chain.next(asked(number), wall: 1)
            chain.advance(to: record)
            replay.note(record)
        }
        #expect(replay.newest(3).map(\.sequence) == [1000, 999, 998])
        #expect(replay.newest(500).count == 10 && replay.newest(-1).isEmpty)
    }
}
