// SPDX-License-Identifier: Apache-2.0

import Factory
import Synchronization

/// The writer of one audit: records are numbered, chained and on the medium when `append` returns.
final class AuditLog: Sendable {
    private struct State: ~Copyable {
        var chain: AuditChain
        var replay: AuditReplay
        /// Bytes of whole records in the file.
        var length: Int
        /// Why nothing more can be written by this process, once that is so.
        var lost: RecordsError?
    }

    private let file: any RecordFile
    private let wall: @Sendable () -> Double
    private let state: Mutex<State>

    init(
        _ file: any RecordFile, chain: AuditChain, replay: AuditReplay, length: Int,
        wall: @escaping @Sendable () -> Double
    ) {
        self.file = file
        self.wall = wall
        self.state = Mutex(State(chain: chain, replay: replay, length: length, lost: nil))
    }

    var path: String { file.path }
    var head: String { state.withLock { $0.chain.head } }
    var replay: AuditReplay { state.withLock { $0.replay } }

    /// Writes the entries as one piece and returns once they are on the medium. All of them or none.
    func append(_ entries: [AuditEntry]) throws(RecordsError) -> [AuditRecord] {
        guard !entries.isEmpty else { return [] }
        let now = wall()
        return try state.withLock { (state) throws(RecordsError) in
            if let lost = state.lost { throw lost }
            var records: [AuditRecord] = []
            var bytes: [UInt8] = []
            for entry in entries {
                let record = state.chain.next(entry, wall: now, after: records.last)
                let line = AuditLine.encode(record)
                guard line.count < LineReader.longest else {
                    throw RecordsError(
                        .unwritable, file: file.path,
                        text: "A record of \(line.count) bytes is too long for the audit: ask for less at once.")
                }
                bytes += line
                bytes.append(UInt8(ascii: "\n"))
                records.append(record)
            }
            try write(bytes, &state)
            for record in records {
                state.chain.advance(to: record)
                state.replay.note(record)
            }
            return records
        }
    }

    private func write(_ bytes: [UInt8], _ state: inout State) throws(RecordsError) {
        do throws(RecordsError) {
            try file.append(bytes)
        } catch {
            // A full disk may have taken a part: without it the file ends with a whole record again.
            do throws(RecordsError) { try file.truncate(to: state.length) } catch { state.lost = error }
            throw state.lost ?? error
        }
        do throws(RecordsError) {
            try file.sync()
        } catch {
            // After a failed sync the kernel may have dropped the pages: nobody knows what the medium holds.
            let lost = RecordsError(
                .lost, file: error.file, text: error.text + " Restart tokenworks once the disk is well.")
            state.lost = lost
            throw lost
        }
        state.length += bytes.count
    }
}
