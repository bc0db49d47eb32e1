// SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import tokenworks

@Suite("How a daemon ends")
struct ServiceTests {
    private final class Diary: Sendable {
        private let words = Mutex<[String]>([])
        var all: [String] { words.withLock { $0 } }
        func add(_ word: String) { words.withLock { $0.append(word) } }
    }

    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Works until it is cancelled, and says when it has ended.
    private func part(
        _ name: String, _ diary: Diary, begins: AsyncStream<Void>.Continuation? = nil
    ) -> DaemonService {
        DaemonService(name: name, logger: logger) {
            let (never, keep) = AsyncStream.makeStream(of: Never.self)
            begins?.yield()
            for await _ in never {}
            _ = keep
            diary.add(name)
        }
    }

    @Test("the last part ends first, and one that ends by itself ends them all")
    func order() async throws {
        let diary = Diary()
        let last = DaemonService(name: "signals", logger: logger) { diary.add("signals") }
        try await DaemonService.group([part("plant", diary), part("socket", diary), last], logger: logger).run()
        #expect(diary.all == ["signals", "socket", "plant"])
    }

    @Test("what fails ends the others in order as well, and is told")
    func failure() async {
        struct Broken: Error {}
        let diary = Diary()
        let broken = DaemonService(name: "metrics", logger: logger) { throw Broken() }
        await #expect(throws: Broken.self) {
            try await DaemonService.group([part("plant", diary), broken, part("socket", diary)], logger: logger).run()
        }
        #expect(diary.all == ["socket", "plant"])
    }

    @Test("a part that hangs is left behind, and those before it end in order")
    func hangs() async throws {
        let diary = Diary()
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        var hanging = DaemonService(name: "hangs", logger: logger) {
            // A source that does not heed a cancellation.
            await Task.detached { for await _ in gate { break } }.value
            diary.add("late")
        }
        hanging.patience = .milliseconds(20)
        let last = DaemonService(name: "signals", logger: logger) {}
        try await DaemonService.group([part("plant", diary), hanging, last], logger: logger).run()
        #expect(diary.all == ["plant"])
        open.finish()
    }

    @Test("a group that is asked to end ends")
    func asked() async throws {
        let diary = Diary()
        let (begun, begins) = AsyncStream.makeStream(of: Void.self)
        let group = DaemonService.group([part("plant", diary, begins: begins)], logger: logger)
        let running = Task { try await group.run() }
        for await _ in begun { break }
        await group.triggerGracefulShutdown()
        try await running.value
        #expect(diary.all == ["plant"])
    }
}
