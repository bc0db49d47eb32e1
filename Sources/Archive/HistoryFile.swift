// SPDX-License-Identifier: Apache-2.0

import Factory
import Foundation
import GRDB
import Glibc
import Synchronization

/// The file of a daemon's history: blocks of the past, and where people were.
///
/// SQLite in WAL mode: what a transaction has committed outlives the process at any instant, and a half-written one is gone with it.
package final class HistoryFile: Sendable {
    package static let name = "history.sqlite"
    /// Beside the file, and a part of it.
    private static let companions = ["-wal", "-shm"]
    /// A whole check of a larger file would hold up the start.
    private static let checked = 64 << 20
    /// Fine blocks this young are dropped last: a screen shows them. Unit: s.
    private static let young = 7200.0
    /// Sessions this old are forgotten. Unit: s.
    private static let sessionAge = 90.0 * 86_400

    package let path: String
    private let queue: DatabaseQueue
    private let lock: Mutex<FileLock?>

    /// Opens the file of a directory; makes both where they are missing.
    package init(directory: String) throws(ArchiveError) {
        path = directory + "/" + Self.name
        let path = path
        do {
            let held = try Self.prepare(directory, path)
            lock = Mutex(held)
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.busyMode = .timeout(2)
            configuration.label = "tokenworks.history"
            configuration.prepareDatabase { database in
                // A process that is killed loses nothing; a host that loses power the last seconds, never the file.
                try database.execute(sql: "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 16777216")
            }
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try Self.check(queue, path)
        } catch {
            throw ArchiveError(error, file: path, deed: "opened")
        }
    }

    private static func prepare(_ directory: String, _ path: String) throws -> FileLock {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ArchiveError(
                .unusable, file: path,
                text:
                    "The state directory \(directory) cannot be made: \(error.localizedDescription). Name another one.")
        }
        // A file of its own: SQLite's locks are the process's, and end when any descriptor of its file is closed.
        let lock: FileLock
        do throws(FileLock.Failure) {
            lock = try FileLock(directory + "/history.lock")
        } catch {
            guard error.isHeld else { throw unusable(path, error.words) }
            throw ArchiveError(
                .locked, file: path,
                text: "Another tokenworks keeps its history in \(directory): end it, or name another state directory.")
        }
        // Ours from the first byte on, and never somebody's link.
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw unusable(path, errno == ELOOP ? "it is a link" : String(cString: strerror(errno)))
        }
        defer { Glibc.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
            throw ArchiveError(
                .unusable, file: path,
                text:
                    "The history file \(path) is no file of this account: move it away, or name another state directory."
            )
        }
        return lock
    }

    private static func unusable(_ path: String, _ words: String) -> ArchiveError {
        ArchiveError(
            .unusable, file: path, text: "The history file \(path) cannot be opened: \(words). It is tried again.")
    }

    private static func check(_ queue: DatabaseQueue, _ path: String) throws {
        let migrator = HistorySchema.migrator
        if try queue.read(migrator.hasBeenSuperseded) {
            throw ArchiveError(
                .newer, file: path,
                text:
                    "The history file \(path) was made by a later tokenworks: use that one, or move the file away.")
        }
        // ignored because a file that cannot be measured is as good as an empty one: reading it will say what is wrong.
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
        if size > 0, size <= checked {
            let word = try queue.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
            if word != "ok" {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: word ?? "its check says nothing")
            }
        }
        try migrator.migrate(queue)
    }

    /// Moves a damaged file aside, with what belongs to it.
    ///
    /// - Parameter date: becomes a part of its new name.
    /// - Returns: the new name.
    package static func setAside(directory: String, date: String) throws(ArchiveError) -> String {
        let path = directory + "/" + name
        let aside = "\(path).damaged-\(date)"
        do {
            try FileManager.default.moveItem(atPath: path, toPath: aside)
            for companion in companions where FileManager.default.fileExists(atPath: path + companion) {
                try FileManager.default.moveItem(atPath: path + companion, toPath: aside + companion)
            }
        } catch {
            throw ArchiveError(
                .unusable, file: path,
                text: "The damaged history file \(path) cannot be set aside: \(error.localizedDescription).")
        }
        return aside
    }

    package func close() throws(ArchiveError) {
        try run("closed") { try queue.close() }
        lock.withLock { $0 = nil }
    }

    // MARK: Blocks

    /// Writes chapters of a plant, all or none.
    func write(_ chapters: [KeptChapter], plant: String) async throws(ArchiveError) {
        try await write { database in
            var rosters: [[String]: Int64] = [:]
            for kept in chapters {
                guard let began = kept.chapter.times.first, let ended = kept.chapter.times.last else { continue }
                let roster = try rosters[kept.names] ?? Self.roster(kept.names, in: database)
                rosters[kept.names] = roster
                for (quantity, slab) in zip(Self.quantities(of: kept.subject), kept.chapter.slabs) {
                    try database.execute(
                        sql: "INSERT OR REPLACE INTO block VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                        arguments: [
                            plant, kept.subject.rawValue, quantity, kept.grain.rawValue, began, ended, roster,
                            Data(ChapterBytes.encode(slab, times: kept.chapter.times)),
                        ])
                }
            }
        }
    }

    /// The names of one quantity each, in the order of a chapter's slabs.
    private static func quantities(of subject: KeptChapter.Subject) -> [String] {
        switch subject {
        case .nodes: NodeQuantity.remembered.map(\.rawValue)
        case .series: ["value"]
        }
    }

    /// The number of a list of names, which is new where the newest is another.
    private static func roster(_ names: [String], in database: Database) throws -> Int64 {
        let bytes = try JSONEncoder().encode(names)
        let known = try Int64.fetchOne(
            database, sql: "SELECT id FROM (SELECT id, names FROM roster ORDER BY id DESC LIMIT 8) WHERE names = ?",
            arguments: [bytes])
        if let known { return known }
        try database.execute(sql: "INSERT INTO roster (names) VALUES (?)", arguments: [bytes])
        return database.lastInsertedRowID
    }

    /// What was kept of a plant between two moments, oldest first; blocks that are not what was written are left out.
    func read(
        _ subject: KeptChapter.Subject, _ grain: KeptChapter.Grain, plant: String, since: PlantTime,
        until: PlantTime
    ) async throws(ArchiveError) -> (chapters: [KeptChapter], damaged: Int) {
        do {
            return try await queue.read { database in
                let rows = try Row.fetchCursor(
                    database,
                    sql: """
                        SELECT quantity, began, roster, bytes FROM block
                        WHERE plant = ? AND subject = ? AND grain = ? AND ended >= ? AND ended <= ?
                        ORDER BY began
                        """,
                    arguments: [plant, subject.rawValue, grain.rawValue, since.epoch, until.epoch])
                var reading = BlockReading(subject, grain, Self.quantities(of: subject))
                while let row = try rows.next() {
                    let roster: Int64 = row["roster"]
                    if reading.names[roster] == nil { reading.names[roster] = try Self.names(roster, in: database) }
                    reading.add(row["quantity"], began: row["began"], roster: roster, Array(row["bytes"] as Data))
                }
                return reading.end()
            }
        } catch {
            throw ArchiveError(error, file: path, deed: "read")
        }
    }

    private static func names(_ roster: Int64, in database: Database) throws -> [String] {
        let bytes = try Data.fetchOne(database, sql: "SELECT names FROM roster WHERE id = ?", arguments: [roster])
        // ignored because tracks without a name are nobody's, and their block is passed over.
        return bytes.flatMap { try? JSONDecoder().decode([String].self, from: $0) } ?? []
    }

    /// Drops blocks until the file holds no more than so many bytes: the oldest fine ones first, then the oldest minutes.
    func trim(to budget: Int, now: Double) async throws(ArchiveError) {
        try await write { database in
            while try Self.used(database) > budget {
                try database.execute(
                    sql: """
                        DELETE FROM block WHERE rowid IN (SELECT rowid FROM block ORDER BY
                        CASE WHEN grain = 0 AND ended < ? THEN 0 WHEN grain = 1 THEN 1 ELSE 2 END, ended LIMIT 64)
                        """, arguments: [now - Self.young])
                if database.changesCount == 0 { break }
            }
            try database.execute(sql: "DELETE FROM roster WHERE id NOT IN (SELECT roster FROM block)")
        }
    }

    /// Bytes in use: what is free within the file is written again before it grows.
    private static func used(_ database: Database) throws -> Int {
        let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let free = try Int.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
        return (pages - free) * (try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096)
    }

    // MARK: View states

    /// Where people were, the newest first.
    func viewStates(
        limit: Int
    ) async throws(ArchiveError) -> [(person: String, session: String, state: [UInt8])] {
        do {
            return try await queue.read { database in
                try Row.fetchAll(
                    database, sql: "SELECT person, session, state FROM view_state ORDER BY updated DESC LIMIT ?",
                    arguments: [limit]
                ).map { ($0["person"], $0["session"], Array($0["state"] as Data)) }
            }
        } catch {
            throw ArchiveError(error, file: path, deed: "read")
        }
    }

    /// Writes where a person is. Of one person the 32 newest sessions stay.
    func setViewState(
        _ state: [UInt8], of person: String, session: String, now: Double
    ) async throws(ArchiveError) {
        try await write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO view_state VALUES (?, ?, ?, ?)",
                arguments: [person, session, now, Data(state)])
            try database.execute(sql: "DELETE FROM view_state WHERE updated < ?", arguments: [now - Self.sessionAge])
            try database.execute(
                sql: """
                    DELETE FROM view_state WHERE person = ? AND session NOT IN
                    (SELECT session FROM view_state WHERE person = ? ORDER BY updated DESC LIMIT 32)
                    """, arguments: [person, person])
        }
    }

    private func write(_ body: @escaping @Sendable (Database) throws -> Void) async throws(ArchiveError) {
        do {
            try await queue.write(body)
        } catch {
            throw ArchiveError(error, file: path, deed: "written")
        }
    }

    private func run(_ deed: String, _ body: () throws -> Void) throws(ArchiveError) {
        do { try body() } catch { throw ArchiveError(error, file: path, deed: deed) }
    }
}
