// SPDX-License-Identifier: Apache-2.0

import Screen
import Testing

@testable import NcursesTerminal

@Suite("the terminal's thread", .serialized)
struct UIActorTests {
    @Test("serves one terminal at a time")
    func claims() {
        #expect(UIExecutor.shared.claim())
        #expect(!UIExecutor.shared.claim())
        UIExecutor.shared.release()
        #expect(UIExecutor.shared.claim())
        UIExecutor.shared.release()
    }

    @Test("runs its actor's jobs in their order, and only where it was claimed")
    func jobs() {
        #expect(UIExecutor.shared.claim())
        defer { UIExecutor.shared.release() }
        let done = Steps()
        for step in 0..<3 { Task { @UIActor in done.take(step) } }
        while UIActor.onItsThread({ done.taken.count }) < 3 { UIExecutor.shared.runPending() }
        #expect(UIActor.onItsThread { done.taken } == [0, 1, 2])
    }

    @Test("requests are taken once and add up")
    func requests() {
        let requests = Requests()
        let wake = UIWake(requests)
        wake.wake()
        wake.wake()
        wake.redraw()
        let taken = requests.take()
        #expect(taken == [.news, .redraw])
        #expect(requests.take() == [])
        wake.end()
        wake.suspend()
        #expect(requests.take() == [.end, .suspend])
    }
}

@UIActor
private final class Steps {
    nonisolated init() {}
    private(set) var taken: [Int] = []
    func take(_ step: Int) { taken.append(step) }
}
