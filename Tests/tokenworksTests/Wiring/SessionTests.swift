// SPDX-License-Identifier: Apache-2.0

import Dashboard
import Factory
import Screen
import Testing

@testable import tokenworks

/// A plant whose engine never accepts anything, but that knows HOLD.
private actor DeafPlant: Plant {
    private(set) var heard: [PlantCommand] = []

    func snapshots() -> AsyncStream<FactorySnapshot> { AsyncStream { $0.finish() } }
    func plan(_ draft: Draft, by who: Operator) async -> PlanAnswer {
        await forever()
        return .impossible("never")
    }
    func perform(_ command: PlantCommand, by who: Operator) async -> CommandOutcome {
        heard.append(command)
        if command != .hold { await forever() }
        return CommandOutcome(command, .accepted, "held")
    }
    func audit(limit: Int) -> [AuditRecord] { [] }

    private func forever() async { for await _ in AsyncStream<Never>.makeStream().stream {} }
}

@Suite struct SessionTests {
    @Test("HOLD reaches the plant while another command still waits for its engine", .timeLimit(.minutes(1)))
    func holdOvertakes() async {
        let plant = DeafPlant()
        let inbox = Inbox()
        let (woken, wake) = AsyncStream.makeStream(of: Void.self)
        let perform = Session.performer(plant, who: Operator(name: "ops", mayAct: true), inbox: inbox) { wake.yield() }
        perform(.perform(.abort(DecisionID(1))))
        while await plant.heard.isEmpty { await Task.yield() }
        perform(.perform(.setSpeed(2)))
        perform(.perform(.hold))
        for await _ in woken { break }
        guard case .commandFinished(let outcome)? = inbox.take().first else {
            Issue.record("HOLD was not answered")
            return
        }
        #expect(outcome.command == .hold && outcome.verdict == .accepted)
        #expect(await plant.heard == [.abort(DecisionID(1)), .hold], "the others keep their order")
    }

    @Test("the end does not wait for a plant that does not end", .timeLimit(.minutes(1)))
    func boundedEnd() async {
        // A task that ignores its cancellation, as one that hangs in a system call does.
        let (gate, opener) = AsyncStream.makeStream(of: Never.self)
        let deaf = Task.detached { await Task { for await _ in gate {} }.value }
        deaf.cancel()
        await Session.finish(deaf)
        opener.finish()
        await deaf.value
    }

    @Test("a theme that cannot be read says why, and the look stays")
    func missingTheme() async {
        let inbox = Inbox()
        let (woken, wake) = AsyncStream.makeStream(of: Void.self)
        let perform = Session.performer(DeafPlant(), who: Operator(name: "ops", mayAct: true), inbox: inbox) {
            wake.yield()
        }
        perform(.setTheme("no-such-theme"))
        for await _ in woken { break }
        #expect(inbox.takeTheme() == nil)
        guard case .themeChanged("no-such-theme", let problem?)? = inbox.take().first else {
            Issue.record("nothing was said")
            return
        }
        #expect(problem.contains("no theme 'no-such-theme'"))
        perform(.setTheme("default"))
        for await _ in woken { break }
        #expect(inbox.takeTheme()?.name == "default")
    }
}
