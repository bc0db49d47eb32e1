// SPDX-License-Identifier: Apache-2.0

package import Factory
import Glibc

/// The records of one plant: its audit, which is its journal as well.
///
/// A step is journalled as a `step` record of the audit before it is taken. Two files could disagree about what came
/// first; one chain cannot.
package final class PlantRecords: Sendable {
    private let log: AuditLog
    private let wall: @Sendable () -> Double
    /// What opening had to mend, in sentences; also in the audit.
    package let mended: [String]
    /// What they told when they were opened.
    package let past: AuditPast

    private init(_ log: AuditLog, mended: [String], wall: @escaping @Sendable () -> Double) {
        self.log = log
        self.wall = wall
        self.mended = mended
        self.past = AuditPast(log.replay)
    }

    /// The audit of a plant in a state directory.
    package static func path(directory: String, plant: String) -> String {
        (directory.hasSuffix("/") ? String(directory.dropLast()) : directory) + "/" + fileName(of: plant)
    }

    /// Opens or creates the records, locks them against a second writer, mends what a crash tore, and closes every
    /// `asked` that a crash cut as `interrupted`. What waited for a second operator is closed as `lapsed`: the room that
    /// waited is gone with its process.
    ///
    /// - Parameter wall: seconds since 1970.
    package static func open(
        directory: String, plant: String, wall: @escaping @Sendable () -> Double = WallClock.now
    ) throws(RecordsError) -> PlantRecords {
        let state = try StateDirectory(directory)
        let file = try AppendFile(fileName(of: plant), in: state)
        let scan = try AuditScan.read(file.descriptor, path: file.path, kept: 1000)
        if let fault = scan.fault {
            throw RecordsError(
                .broken(fault), file: file.path,
                text: "The audit \(file.path) is broken at line \(fault.line): \(fault.text). "
                    + "Nothing can act: find out why, then move the file away.")
        }
        var scanned = scan
        let mended = try TornLine.mend(&scanned, file: file, in: state)
        let log = AuditLog(
            file, chain: scanned.chain, replay: scanned.replay, length: scanned.length, wall: wall)
        return try opened(log, torn: mended, wall: wall)
    }

    /// Records that live in memory only: for golden runs and tests. The protocol is the same, down to the bytes.
    package static func inMemory(
        plant: String, wall: @escaping @Sendable () -> Double = WallClock.now
    ) -> PlantRecords {
        on(MemoryFile(path: "memory/" + fileName(of: plant)), wall: wall)
    }

    /// The same, but older records are forgotten: memory does not grow with the length of a run.
    package static func forgetting(plant: String) -> PlantRecords {
        on(ForgottenFile(path: "memory/" + fileName(of: plant)), wall: { 0 })
    }

    /// Records on a file that is known to be empty.
    static func on(_ file: any RecordFile, wall: @escaping @Sendable () -> Double) -> PlantRecords {
        PlantRecords(
            AuditLog(file, chain: AuditChain(), replay: AuditReplay(), length: 0, wall: wall), mended: [], wall: wall)
    }

    /// Where the records are.
    package var path: String { log.path }
    /// Hash of the last record.
    package var head: String { log.head }
    /// The highest decision number ever recorded; 0 for none.
    package var lastDecision: Int { log.replay.lastDecision }
    /// Sequence numbers of every `asked` that has no ending yet.
    package var open: [UInt64] { log.replay.open.keys.sorted() }

    /// Moves that have begun and have no end yet.
    var openDecisions: Set<DecisionID> { Set(log.replay.openMoves.keys) }

    /// Decisions that wait for a second operator.
    package var waiting: [DecisionID] { log.replay.waiting.keys.sorted() }

    /// The newest records, newest first, at most the last 1000.
    package func newest(_ limit: Int) -> [AuditRecord] { log.replay.newest(limit) }

    /// Records the entries, all or none; they are on the medium when it returns.
    @discardableResult
    func append(_ entries: [AuditEntry]) throws(RecordsError) -> [AuditRecord] { try log.append(entries) }

    /// Ends a move in the audit that nobody drives and nobody will: its plant is gone, or no version can read it any more.
    /// Nothing is done to its nodes.
    ///
    /// - Returns: the move as it was left; nil: it is not open.
    package func close(_ decision: DecisionID, by who: String, why: String) throws(RecordsError) -> OpenMove? {
        guard let open = log.replay.openMoves[decision] else { return nil }
        var details = [AuditKey.moveEnd: MoveStatus.Phase.interrupted.rawValue, AuditKey.reason: why]
        let arrived = open.status?.units.filter { $0.phase == .done }.map(\.node.name) ?? []
        if !arrived.isEmpty { details[AuditKey.arrived] = arrived.joined(separator: ";") }
        _ = try append([
            AuditEntry(
                .interrupted, at: PlantTime(epoch: wall()), by: who, decision: decision, mode: .observe,
                text: "\(open.name) is closed by hand by \(who): \(why); its nodes stay where they are.",
                details: details)
        ])
        return open
    }

    private static func opened(
        _ log: AuditLog, torn: AuditEntry?, wall: @escaping @Sendable () -> Double
    ) throws(RecordsError) -> PlantRecords {
        let asked = log.replay.open.values.sorted { $0.sequence < $1.sequence }
        let endings = asked.map(interruption)
        let waiting = log.replay.waiting.values.sorted { $0.sequence < $1.sequence }
        let entries = (torn.map { [$0] } ?? []) + endings + waiting.map(lapse)
        _ = try log.append(entries)
        return PlantRecords(log, mended: entries.map(\.text), wall: wall)
    }

    private static func interruption(of asked: AuditRecord) -> AuditEntry {
        let command = asked.details[AuditKey.command] ?? "a command"
        return AuditEntry(
            .interrupted, at: asked.at, by: asked.by, decision: asked.decision, mode: asked.mode,
            text:
                "'\(command)' was asked by \(asked.by) and cut by a crash before it was answered: no step was taken for it.",
            details: [AuditKey.asked: String(asked.sequence), AuditKey.command: command])
    }

    private static func lapse(_ waiting: AuditRecord) -> AuditEntry {
        let what = waiting.decision.map { "\($0) of \(waiting.by)" } ?? "a plan of \(waiting.by)"
        return AuditEntry(
            .lapsed, at: waiting.at, by: "tokenworks", decision: waiting.decision, mode: waiting.mode,
            text: "\(what) waited for a second operator when its process was cut: nothing was sent; plan it again.")
    }

    /// A plant's name as a file name: everything but letters, digits, `.`, `-` and `_` as `%XX`.
    private static func fileName(of plant: String) -> String {
        var name = ""
        for (index, byte) in plant.utf8.enumerated() {
            let scalar = Unicode.Scalar(byte)
            let plain =
                ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                || scalar == "-" || scalar == "_" || (scalar == "." && index > 0)
            let digits = String(byte, radix: 16, uppercase: true)
            name += plain ? String(scalar) : "%" + (digits.count < 2 ? "0" : "") + digits
        }
        return "audit-" + name + ".jsonl"
    }
}
