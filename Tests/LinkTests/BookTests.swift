// SPDX-License-Identifier: Apache-2.0

import Factory
import Synchronization
import Testing
import Wire

@testable import Link

@Suite("What a daemon remembers of its clients' commands")
struct BookTests {
    private func name(_ id: Int, _ account: String = "uid 1") -> OutcomeBook.Name {
        OutcomeBook.Name(account: account, id: "\(id)")
    }

    private let outcome = CommandOutcome(.hold, .accepted, "done")

    private func isPending(_ book: OutcomeBook, _ name: OutcomeBook.Name) -> Bool {
        if case .pending = book[name] { true } else { false }
    }

    private func text(_ book: OutcomeBook, _ name: OutcomeBook.Name) -> String? {
        if case .done(let outcome) = book[name] { outcome.text } else { nil }
    }

    @Test("a command that is open stays, however many come after it, and its outcome can be asked for")
    func pending() {
        var book = OutcomeBook()
        _ = book.begin(name(0))
        for id in 1...10_000 {
            _ = book.begin(name(id))
            book.end(name(id), outcome)
        }
        #expect(isPending(book, name(0)))
        book.end(name(0), CommandOutcome(.hold, .accepted, "late"))
        #expect(text(book, name(0)) == "late")
    }

    @Test("of each account the newest outcomes are remembered, and nobody pushes out another's")
    func each() {
        var book = OutcomeBook()
        _ = book.begin(name(1, "uid 2"))
        book.end(name(1, "uid 2"), outcome)
        for id in 0..<OutcomeBook.limit + 10 {
            _ = book.begin(name(id))
            book.end(name(id), outcome)
        }
        #expect(text(book, name(9)) == nil && text(book, name(10)) == "done")
        #expect(text(book, name(1, "uid 2")) == "done")
        guard case .unknown = book[name(9)] else {
            Issue.record("a forgotten command is not unknown")
            return
        }
    }

    @Test("an account that has as many open as its connections can ask is refused the next, and taken again after")
    func full() {
        var book = OutcomeBook()
        let refusals = (0..<OutcomeBook.openLimit).compactMap { book.begin(name($0)) }
        let (over, others) = (book.begin(name(-1)), book.begin(name(-1, "uid 2")))
        #expect(refusals.isEmpty && over?.contains("nothing was sent") == true && others == nil)
        book.end(name(3), outcome)
        let after = book.begin(name(-1))
        #expect(after == nil && isPending(book, name(-1)))
        #expect((0..<OutcomeBook.openLimit).allSatisfy { $0 == 3 || isPending(book, name($0)) })
    }

    @Test("accounts that asked nothing for longest are forgotten, but for those with an open command")
    func accounts() {
        var book = OutcomeBook()
        _ = book.begin(name(1, "open"))
        for number in 0..<OutcomeBook.accounts + 5 {
            _ = book.begin(name(1, "uid \(number)"))
            book.end(name(1, "uid \(number)"), outcome)
        }
        #expect(isPending(book, name(1, "open")))
        #expect(text(book, name(1, "uid 0")) == nil && text(book, name(1, "uid 300")) == nil)
        #expect(text(book, name(1, "uid \(OutcomeBook.accounts + 4)")) == "done")
    }

    @Test("a viewer's refused commands are told with who and what, and a flood of them as a count")
    func flood() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        let (clock, told) = (HandClock(), Told())
        let serving = try rig.serve(now: { clock.now }) { told.hear($0) }
        defer { serving.cancel() }
        let plant = try rig.remote(wants: "viewer")
        let welcome = try await plant.connect()
        let hearing = Task { await plant.run() }
        defer { hearing.cancel() }
        for number in 1...30 {
            let outcome = await plant.perform(.abort(DecisionID(number)), by: welcome.you)
            #expect(outcome.verdict == .refused)
        }
        #expect(told.lines == (1...10).map { "\(welcome.you.name) abort(d-\($0)) attached as a viewer" })
        clock.advance(11)
        #expect(await eventually("the others are counted") { told.lines.count == 11 })
        #expect(told.lines.last == "\(welcome.you.name) 20 more")
    }

    /// What a log would hear of refusals.
    private final class Told: Sendable {
        private let all = Mutex<[String]>([])
        var lines: [String] { all.withLock { $0 } }
        func hear(_ news: LinkNews) {
            switch news {
            case .refused(let who, _, let command, let why):
                let words = why.contains("attached as a viewer") ? "attached as a viewer" : why
                all.withLock { $0.append("\(who) \(command) \(words)") }
            case .refusedMore(let who, let count): all.withLock { $0.append("\(who) \(count) more") }
            default: break
            }
        }
    }

    @Test(
        "ten refusals are told, then one each ten seconds with the count of the others, and who is quiet is forgotten")
    func pace() {
        var pace = RefusalPace()
        var told = 0
        // A thousand a second for a minute.
        for tick in 0..<60_000 {
            let now = Double(tick) / 1000
            if pace.mayTell("ann", of: "uid 9", at: now) { told += 1 }
        }
        #expect((10...16).contains(told), "\(told)")
        let isOthersTold = pace.mayTell("eve", of: "uid 10", at: 60)
        #expect(isOthersTold, "another account's are its own")
        let (early, late, again) = (pace.overdue(at: 60), pace.overdue(at: 71), pace.overdue(at: 72))
        #expect(early.isEmpty && again.isEmpty)
        #expect(late.map(\.name) == ["ann"] && late.map(\.count) == [60_000 - told])
        let end = pace.overdue(at: 300)
        #expect(end.isEmpty && pace.count == 0)
    }
}
