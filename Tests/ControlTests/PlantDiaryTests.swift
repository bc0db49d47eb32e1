// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@testable import Control

@Suite("What a daemon's log and its hook are told of a plant")
struct PlantDiaryTests {
    private func move(_ number: Int, _ phase: MoveStatus.Phase, problem: String? = nil) -> MoveStatus {
        var unit = UnitMove(node: NodeID("n1"), from: .spare, job: nil, phase: problem == nil ? .done : .failed)
        unit.problem = problem
        return MoveStatus(
            decision: DecisionID(number), by: "eve", to: .training, phase: phase, startedAt: PlantTime(epoch: 1),
            units: [unit], reverses: nil, forecast: MoveForecast(ready: nil, readyP95: nil, lost: nil, waitAfter: nil))
    }

    private func snapshot(_ moves: [MoveStatus], dead: [String] = []) -> FactorySnapshot {
        var snapshot = FactorySnapshot(plant: "lab", kind: .live, at: PlantTime(epoch: 60))
        snapshot.moves = moves
        snapshot.sources = [
            SourceStatus(
                name: "scrape", answeredAt: nil, targets: 3, targetsUp: 3 - dead.count,
                dead: dead.map { DeadTarget(name: $0, reason: "refused", lastSeen: nil) })
        ]
        return snapshot
    }

    @Test("a move begins once and ends once, however often it is seen")
    func moves() {
        var diary = PlantDiary()
        #expect(diary.see(snapshot([move(1, .done)])) == [])
        let running = move(2, .running)
        #expect(diary.see(snapshot([running, move(1, .done)])) == [.moveBegan(running)])
        #expect(diary.see(snapshot([running, move(1, .done)])) == [])
        let failed = move(2, .failed, problem: "the node has failed")
        #expect(diary.see(snapshot([failed, move(1, .done)])) == [.moveEnded(failed)])
        #expect(diary.see(snapshot([failed])) == [])
        // So quick that nobody saw it run.
        let quick = move(3, .done)
        #expect(diary.see(snapshot([quick, failed])) == [.moveBegan(quick), .moveEnded(quick)])
    }

    @Test("a plan that waits for a second operator is told once, and so is a large move that began without one")
    func second() {
        var diary = PlantDiary()
        var waiting = snapshot([])
        _ = diary.see(waiting)
        let request = ControlRoom.Request(
            decision: DecisionID(4), by: "eve", what: "9 nodes", price: "", reason: "it grows", left: Seconds(300))
        waiting.room = ControlRoom(requests: [request])
        let news = diary.see(waiting)
        #expect(news == [.secondWanted(request)])
        let notice = news.first?.notice(plant: "lab", at: PlantTime(epoch: 1))
        #expect(notice?.kind == .secondOperatorWanted && notice?.who == "eve" && notice?.decision == DecisionID(4))
        waiting.room?.requests[0].left = Seconds(299)
        #expect(diary.see(waiting) == [])
        var large = move(5, .running)
        large.alone = "nobody is awake"
        // Words in an event make no move one that began alone.
        var begun = snapshot([large, move(6, .running)])
        let words = "d-6 by eve alone moves more than the limit: x"
        begun.events = [FactoryEvent(id: 1, at: PlantTime(epoch: 60), kind: .page, text: words)]
        let told = diary.see(begun)
        #expect(told == [.moveBegan(move(6, .running)), .moveBegan(large), .beganAlone(large)])
        let texts = told.compactMap { $0.notice(plant: "lab", at: PlantTime(epoch: 1))?.text }
        #expect(texts == ["d-5 by eve alone moves more than the limit: nobody is awake"])
        #expect(diary.see(begun) == [])
    }

    @Test("moves that go on after a restart are told; those that ended before are not")
    func restart() {
        var diary = PlantDiary()
        let running = move(2, .running)
        #expect(diary.see(snapshot([running, move(1, .failed, problem: "x")])) == [.moveBegan(running)])
    }

    @Test("what the end of the process before has cut is told, and what it had closed itself is not")
    func cut() {
        var diary = PlantDiary()
        let cut = move(3, .interrupted)
        var first = snapshot([])
        first.earlierMoves = [cut, move(2, .interrupted)]
        first.events = [
            FactoryEvent(
                id: 1, at: first.at, kind: .move,
                text: "d-3 of eve was cut by the end of its process: 1 node spare -> train")
        ]
        #expect(diary.see(first) == [.moveEnded(cut)])
        #expect(diary.see(first) == [])
    }

    @Test("silence is told once, and so is its end")
    func sources() {
        var diary = PlantDiary()
        #expect(diary.see(snapshot([], dead: ["a"])) == [.silent(source: "scrape", target: "a", why: "refused")])
        #expect(diary.see(snapshot([], dead: ["a", "b"])) == [.silent(source: "scrape", target: "b", why: "refused")])
        #expect(diary.see(snapshot([], dead: ["a", "b"])) == [])
        #expect(diary.see(snapshot([], dead: ["b"])) == [.back(source: "scrape", target: "a")])
        var without = snapshot([])
        without.sources = []
        #expect(diary.see(without) == [])
    }

    @Test("a person is told of a move that failed or was interrupted, and of nothing else")
    func notices() {
        let time = PlantTime(epoch: 60)
        let failed = PlantNews.moveEnded(move(2, .failed, problem: "no answer"))
        #expect(
            failed.notice(plant: "lab", at: time)
                == Notice(
                    .moveFailed, plant: "lab", decision: DecisionID(2), who: "eve",
                    text: "d-2 to training failed: n1 no answer", at: time))
        #expect(PlantNews.moveEnded(move(2, .interrupted)).notice(plant: "lab", at: time) != nil)
        for phase in [MoveStatus.Phase.done, .aborted] {
            #expect(PlantNews.moveEnded(move(2, phase)).notice(plant: "lab", at: time) == nil)
        }
        #expect(PlantNews.moveBegan(move(2, .running)).notice(plant: "lab", at: time) == nil)
    }
}
