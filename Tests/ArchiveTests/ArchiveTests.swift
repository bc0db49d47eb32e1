// SPDX-License-Identifier: Apache-2.0

import Factory
import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import Archive

/// A directory of its own, gone with it.
final class ScratchDirectory: Sendable {
    let path = NSTemporaryDirectory() + "archive-\(UUID().uuidString)"
    var file: String { path + "/" + HistoryFile.name }
    // ignored because what is not there need not go.
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func contents() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

/// Chapters of a few nodes and series.
enum Chapters {
    static func nodes(
        at start: Double, moments: Int = 64, names: [String] = ["a", "b", "c"], grain: KeptChapter.Grain = .fine,
        isOpen: Bool = false
    ) -> KeptChapter {
        let times = (0..<moments).map { start + Double($0) }
        let slabs = NodeQuantity.remembered.indices.map { quantity in
            PackedSlab(
                (0..<moments * names.count).map { UInt16(truncatingIfNeeded: $0 * (quantity + 3) % 190) },
                moments: moments, tracks: names.count)
        }
        return KeptChapter(
            .nodes, grain, names: names, chapter: SampleLog.Chapter(times: times, slabs: slabs), isOpen: isOpen)
    }

    static func series(at start: Double, grain: KeptChapter.Grain = .minute) -> KeptChapter {
        let slab = PackedSlab([7, 8, 9, 10], moments: 2, tracks: 2)
        return KeptChapter(
            .series, grain, names: ["power", "decode inference/chat"],
            chapter: SampleLog.Chapter(times: [start, start + 60], slabs: [slab]))
    }
}

/// Later than any block.
private let farAhead = PlantTime(epoch: 1e12)

@Suite("The history file")
struct HistoryFileTests {
    private static let everything = PlantTime(epoch: 0)

    @Test(
        "what is written is read again, by plant, subject and grain, and an open chapter gives way to its longer self")
    func roundTrip() async throws {
        let scratch = ScratchDirectory()
        let file = try HistoryFile(directory: scratch.path)
        try await file.write(
            [Chapters.nodes(at: 1000, moments: 10, isOpen: true), Chapters.series(at: 1000)], plant: "p")
        try await file.write(
            [Chapters.nodes(at: 1000), Chapters.nodes(at: 1064, names: ["a", "b", "c", "d"])], plant: "p")
        try await file.write([Chapters.nodes(at: 5000)], plant: "another")
        try file.close()

        let again = try HistoryFile(directory: scratch.path)
        let (read, damaged) = try await again.read(.nodes, .fine, plant: "p", since: Self.everything, until: farAhead)
        #expect(damaged == 0)
        #expect(read == [Chapters.nodes(at: 1000), Chapters.nodes(at: 1064, names: ["a", "b", "c", "d"])])
        #expect(
            try await again.read(.series, .minute, plant: "p", since: Self.everything, until: farAhead).chapters == [
                Chapters.series(at: 1000)
            ])
        // A clock that is wrong reads no past without end.
        let early = try await again.read(
            .nodes, .fine, plant: "p", since: Self.everything, until: PlantTime(epoch: 1))
        #expect(early.chapters.isEmpty)
        #expect(
            try await again.read(.nodes, .fine, plant: "p", since: PlantTime(epoch: 1070), until: farAhead).chapters
                .count == 1)
        #expect(
            try await again.read(.nodes, .minute, plant: "p", since: Self.everything, until: farAhead).chapters.isEmpty)
    }

    @Test("it belongs to its account alone, and is no link to somebody else's file")
    func mode() throws {
        let scratch = ScratchDirectory()
        try HistoryFile(directory: scratch.path).close()
        let mode = try FileManager.default.attributesOfItem(atPath: scratch.file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let other = ScratchDirectory()
        try FileManager.default.createDirectory(atPath: other.path, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: other.file, withDestinationPath: scratch.file)
        let error = #expect(throws: ArchiveError.self) { try HistoryFile(directory: other.path) }
        #expect(error?.text.contains("it is a link") == true)
    }

    @Test("a block that was changed on the disk is left out, and the others are there")
    func rot() async throws {
        let scratch = ScratchDirectory()
        let file = try HistoryFile(directory: scratch.path)
        try await file.write([Chapters.nodes(at: 1000), Chapters.nodes(at: 1064)], plant: "p")
        try file.close()
        let queue = try DatabaseQueue(path: scratch.file)
        try await queue.write { database in
            try database.execute(
                sql: "UPDATE block SET bytes = zeroblob(40) WHERE began = 1000 AND quantity = 'power'")
        }
        try queue.close()
        let again = try HistoryFile(directory: scratch.path)
        let (read, damaged) = try await again.read(.nodes, .fine, plant: "p", since: Self.everything, until: farAhead)
        #expect(damaged == 1 && read.count == 2)
        let power = NodeQuantity.remembered.firstIndex(of: .power) ?? 0
        #expect(read[0].chapter.slabs[power].tracks == 0, "unknown, not zero")
        #expect(read[1] == Chapters.nodes(at: 1064))
    }

    @Test("a file that is none, or is cut, is called damaged with its name and what to do; it can be set aside")
    func damaged() async throws {
        for cut in [false, true] {
            let scratch = ScratchDirectory()
            let file = try HistoryFile(directory: scratch.path)
            for start in 0..<40 { try await file.write([Chapters.nodes(at: 1000 + 64 * Double(start))], plant: "p") }
            try file.close()
            let whole = try Data(contentsOf: URL(fileURLWithPath: scratch.file))
            let broken = cut ? whole.prefix(whole.count / 2) : Data("no database".utf8) + whole.dropFirst(11)
            try broken.write(to: URL(fileURLWithPath: scratch.file))
            let error = #expect(throws: ArchiveError.self) { try HistoryFile(directory: scratch.path) }
            #expect(error?.kind == .damaged)
            #expect(error?.text.contains(scratch.file) == true && error?.text.contains("--fresh-history") == true)
            let aside = try HistoryFile.setAside(directory: scratch.path, date: "2026-11-28T09-00-00Z")
            #expect(try Data(contentsOf: URL(fileURLWithPath: aside)) == broken)
            let fresh = try HistoryFile(directory: scratch.path)
            #expect(
                try await fresh.read(.nodes, .fine, plant: "p", since: Self.everything, until: farAhead).chapters
                    .isEmpty)
        }
    }

    @Test("a file of a later tokenworks is left alone")
    func newer() async throws {
        let scratch = ScratchDirectory()
        try HistoryFile(directory: scratch.path).close()
        let queue = try DatabaseQueue(path: scratch.file)
        try await queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('of the future')") }
        try queue.close()
        let error = #expect(throws: ArchiveError.self) { try HistoryFile(directory: scratch.path) }
        #expect(error?.kind == .newer && error?.text.contains("later tokenworks") == true)
    }

    @Test(
        "over its budget it drops the oldest fine blocks first, then the oldest minutes, and keeps what a screen shows")
    func budget() async throws {
        let scratch = ScratchDirectory()
        let file = try HistoryFile(directory: scratch.path)
        let names = (0..<200).map { "node-\($0)" }
        let now = 1_000_000.0
        for index in 0..<60 {
            try await file.write(
                [
                    Chapters.nodes(at: now - 20_000 + 300 * Double(index), names: names),
                    Chapters.nodes(at: now - 20_000 + 300 * Double(index), names: names, grain: .minute),
                ], plant: "p")
        }
        try await file.trim(to: 5 << 20, now: now)
        var fine = try await file.read(.nodes, .fine, plant: "p", since: Self.everything, until: farAhead).chapters
        var minutes = try await file.read(.nodes, .minute, plant: "p", since: Self.everything, until: farAhead).chapters
        #expect(fine.count < 60 && minutes.count == 60, "\(fine.count) fine, \(minutes.count) minutes")
        #expect(fine.last?.chapter.times.first == now - 2300, "the newest stay")
        try await file.trim(to: 2 << 20, now: now)
        fine = try await file.read(.nodes, .fine, plant: "p", since: Self.everything, until: farAhead).chapters
        minutes = try await file.read(.nodes, .minute, plant: "p", since: Self.everything, until: farAhead).chapters
        #expect((1..<60).contains(minutes.count), "\(minutes.count) minutes")
        #expect(fine.count >= 16 && fine.allSatisfy { ($0.chapter.times.last ?? 0) >= now - 7200 })
    }

    @Test("a person's session has the state that was set last, and nobody else's; sessions are forgotten one day")
    func viewStates() async throws {
        let scratch = ScratchDirectory()
        let file = try HistoryFile(directory: scratch.path)
        try await file.setViewState([1, 2], of: "asha", session: "main", now: 100)
        try await file.setViewState([3], of: "asha", session: "main", now: 200)
        try await file.setViewState([4], of: "ravi", session: "main", now: 300)
        try file.close()
        let shelf = HistoryShelf(directory: scratch.path)
        let book = ViewStateBook(shelf, now: { 400 })
        await book.load()
        #expect(book.state(of: "asha", session: "main") == [3] && book.state(of: "ravi", session: "main") == [4])
        #expect(book.state(of: "asha", session: "other").isEmpty)
        for number in 0..<40 { book.keep([UInt8(number)], of: "asha", session: "s\(number)") }
        #expect(book.state(of: "asha", session: "s7") == [7], "at once")
        await book.close()
        try shelf.close()
        let again = try HistoryFile(directory: scratch.path)
        let rows = try await again.viewStates(limit: 100)
        #expect(rows.count(where: { $0.person == "asha" }) == 32, "as many sessions of one person")
        // Ninety days later the session of nobody is forgotten.
        try await again.setViewState([5], of: "asha", session: "main", now: 300 + 91 * 86_400)
        #expect(try await again.viewStates(limit: 100).contains { $0.person == "ravi" } == false)
    }
}

@Suite("The keeper of a plant's past")
struct HistoryKeeperTests {
    private static func keeper(_ shelf: HistoryShelf) -> HistoryKeeper {
        HistoryKeeper(shelf, plant: "p", now: { 1000 })
    }

    @Test("what it was given before it closed is there for the next")
    func keeps() async throws {
        let scratch = ScratchDirectory()
        let shelf = HistoryShelf(directory: scratch.path)
        let keeper = Self.keeper(shelf)
        keeper.keep(Chapters.nodes(at: 1000, moments: 5, isOpen: true))
        keeper.keep(Chapters.nodes(at: 1000, moments: 20, isOpen: true))
        keeper.keep(Chapters.series(at: 1000))
        await keeper.close()
        #expect(keeper.news() == nil)
        let second = #expect(throws: ArchiveError.self) { try HistoryShelf(directory: scratch.path).file() }
        #expect(second?.kind == .locked)
        try shelf.close()
        let next = Self.keeper(HistoryShelf(directory: scratch.path))
        let nodes = await next.past(.nodes, .fine, since: PlantTime(epoch: 0), until: farAhead)
        #expect(nodes.map(\.chapter.times.count) == [20])
        #expect(await next.past(.series, .minute, since: PlantTime(epoch: 0), until: farAhead).count == 1)
    }

    @Test("a damaged file is said once, with what to do, and is not touched again")
    func damaged() async throws {
        let scratch = ScratchDirectory()
        try FileManager.default.createDirectory(atPath: scratch.path, withIntermediateDirectories: true)
        let words = Data("this is no database at all".utf8)
        try words.write(to: URL(fileURLWithPath: scratch.file))
        let told = Mutex<[String]>([])
        let shelf = HistoryShelf(directory: scratch.path) { text, plant in
            told.withLock { $0.append("\(plant): \(text)") }
        }
        let keeper = Self.keeper(shelf)
        #expect(await keeper.past(.nodes, .fine, since: PlantTime(epoch: 0), until: farAhead).isEmpty)
        #expect(await keeper.past(.series, .fine, since: PlantTime(epoch: 0), until: farAhead).isEmpty)
        for start in 0..<5 { keeper.keep(Chapters.nodes(at: 1000 + 100 * Double(start))) }
        await keeper.close()
        let news = keeper.news()
        #expect(news?.contains("--fresh-history") == true)
        #expect(keeper.news() == nil)
        #expect(told.withLock { $0 } == ["p: \(news ?? "")"], "the log hears what the screen says")
        #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.file)) == words)
    }

    @Test("a directory that cannot be made is said once, and what waits for it is bounded")
    func unusable() async throws {
        let scratch = ScratchDirectory()
        // A file where the directory should be: root could write into a read-only one.
        try Data().write(to: URL(fileURLWithPath: scratch.path))
        let shelf = HistoryShelf(directory: scratch.path)
        let keeper = Self.keeper(shelf)
        #expect(await keeper.past(.nodes, .fine, since: PlantTime(epoch: 0), until: farAhead).isEmpty)
        for start in 0..<600 { keeper.keep(Chapters.nodes(at: 1000 + 100 * Double(start), moments: 1)) }
        #expect(keeper.news()?.contains("cannot be made") == true)
        #expect(keeper.news() == nil)
        // It is there again: what waited is written, and that is said.
        try FileManager.default.removeItem(atPath: scratch.path)
        await keeper.close()
        #expect(keeper.news()?.contains("written again") == true)
        let read = await Self.keeper(shelf).past(.nodes, .fine, since: PlantTime(epoch: 0), until: farAhead)
        #expect(read.count == 256 && read.last?.chapter.times == [1000 + 100 * 599])
    }
}

@Suite("Fuzzing what is stored", .serialized)
struct ArchiveFuzzTests {
    @Test("whatever bytes are taken for a block, reading them ends, and a changed block is never read")
    func block() async {
        let slab = Chapters.nodes(at: 1000).chapter.slabs[0]
        let whole = ChapterBytes.encode(slab, times: Chapters.nodes(at: 1000).chapter.times)
        await Fuzz.run("ArchiveFuzzTests.block", seconds: 3) { random in
            let bytes = Fuzz.mutated(whole, &random)
            if let (read, times) = ChapterBytes.decode(bytes) {
                #expect(bytes == whole && read == slab && times.count == 64)
            }
        }
    }

    @Test("whatever the file is, the daemon's part goes on: it is read, or called damaged")
    func file() async throws {
        let scratch = ScratchDirectory()
        let made = try HistoryFile(directory: scratch.path)
        for start in 0..<6 { try await made.write([Chapters.nodes(at: 1000 + 64 * Double(start))], plant: "p") }
        try await made.setViewState([1, 2, 3], of: "asha", session: "main", now: 1000)
        try made.close()
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch.file)))
        await Fuzz.run("ArchiveFuzzTests.file", seconds: 4) { random in
            let broken = ScratchDirectory()
            // ignored because a file that could not be written is found missing, and made.
            try? FileManager.default.createDirectory(atPath: broken.path, withIntermediateDirectories: true)
            try? Data(Fuzz.mutated(whole, &random)).write(to: URL(fileURLWithPath: broken.file))
            let done = DispatchSemaphore(value: 0)
            Task {
                let keeper = HistoryKeeper(HistoryShelf(directory: broken.path), plant: "p", now: { 5000 })
                for chapter in await keeper.past(.nodes, .fine, since: PlantTime(epoch: 0), until: farAhead) {
                    #expect(chapter.chapter.slabs.count == 4 && !chapter.chapter.times.isEmpty)
                }
                keeper.keep(Chapters.nodes(at: 9000))
                await keeper.close()
                done.signal()
            }
            done.wait()
        }
    }
}
