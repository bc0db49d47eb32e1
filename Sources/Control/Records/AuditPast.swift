// SPDX-License-Identifier: Apache-2.0

package import Factory
import Glibc

/// What an audit tells of the runs before this one.
package struct AuditPast: Sendable {
    /// The moves that a former process left open, oldest first.
    package let leftOpen: [OpenMove]
    /// The moves that have ended, newest first, at most those of the last 1000 records.
    package let ended: [MoveStatus]
    /// The last 1000 records, newest first.
    package let records: [AuditRecord]
    /// The highest decision number in it; 0 for none.
    package let lastDecision: Int
    /// Whether another process writes it: what is open is then that one's, and under way.
    package let isWritten: Bool

    init(_ replay: AuditReplay, isWritten: Bool = false) {
        leftOpen = replay.openMoves.values.sorted { $0.started.sequence < $1.started.sequence }
        records = replay.newest(.max)
        ended = MoveJournal.moves(in: records.reversed()).filter { !$0.isOpen }.reversed()
        lastDecision = replay.lastDecision
        self.isWritten = isWritten
    }

    /// What nobody will take up, in sentences: for whoever starts this process.
    package var warnings: [String] {
        isWritten ? [] : leftOpen.filter { $0.obstacle != nil }.map(Self.warning)
    }

    static func warning(_ move: OpenMove) -> String {
        "\(move.name) was left open and is not taken up: \(move.obstacle ?? "nobody knows why"). Start the version that began it, "
            + "or look where its nodes stand and bring them home by hand."
    }

    /// Looks at the audit of a plant without being its writer: nothing is changed, and nobody is kept from writing it.
    ///
    /// - Returns: nil where there is none.
    package static func read(directory: String, plant: String) throws(RecordsError) -> AuditPast? {
        let path = PlantRecords.path(directory: directory, plant: plant)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw RecordsError(
                .unusable, file: path,
                text:
                    "The audit \(path) cannot be read: \(SystemError.text(errno)). A move that was left open is not shown."
            )
        }
        defer { close(descriptor) }
        // Given back as soon as it is had: a writer that starts at this moment waits longer than that.
        let isWritten = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
        if !isWritten { flock(descriptor, LOCK_UN) }
        let scan = try AuditScan.read(descriptor, path: path, kept: 1000)
        if let fault = scan.fault {
            throw RecordsError(
                .broken(fault), file: path,
                text: "The audit \(path) is broken at line \(fault.line): \(fault.text). "
                    + "A move that was left open is not shown: find out why.")
        }
        return AuditPast(scan.replay, isWritten: isWritten)
    }
}
