// SPDX-License-Identifier: Apache-2.0

import Control
import Factory
import Testing

@testable import tokenworks

@Suite("Plans and moves as lines")
struct PlanTextTests {
    @Test("each tier says the flag that confirms it")
    func tiers() {
        #expect(PlanText.wanted(by: .yes).contains("--yes"))
        #expect(PlanText.wanted(by: .typeName("rl-r3")).contains("--confirm 'rl-r3'"))
        #expect(PlanText.wanted(by: .reason).contains("--reason"))
        #expect(PlanText.wanted(by: .refused("rail 1")) == "cannot be confirmed: rail 1")
    }

    @Test("a real plan prints what it takes, every step with its marks, and what it needs")
    func plan() async throws {
        let rehearsal = await Rehearsal(width: 80, height: 24)
        let draft = Draft(to: .inference(ServingClass("chat")), from: .training, nodes: 6)
        guard case .preview(let preview) = await rehearsal.plant.plan(draft, by: Rehearsal.you),
            case .typeName(let name) = preview.tier
        else {
            Issue.record("no plan that loses")
            return
        }
        let lines = PlanText(preview).lines
        #expect(lines.first == "PLAN \(preview.decision)  6 nodes -> inference/chat")
        #expect(lines.count { $0.hasPrefix("WAY    ") } == 3)
        #expect(lines.contains { $0.hasPrefix("WAY    do nothing: nothing to wait for; ") })
        let node = try #require(preview.takes.first?.nodes.first)
        let count = preview.takes.first?.nodes.count ?? 0
        #expect(lines.contains { $0.hasPrefix("TAKES  \(count) from training of job ") && $0.contains(": \(node)") })
        let steps = try #require(lines.first { $0.hasPrefix("STEPS  checkpoint 20 s > |LOSS| release ") })
        #expect(steps.contains(" > |OWNER| load "))
        #expect(lines.contains { $0.hasPrefix("BACK   ") } && lines.contains { $0.hasPrefix("TRUST  ") })
        #expect(lines.last == "NEEDS  \(PlanText.wanted(by: .typeName(name)))")
        #expect(lines.allSatisfy { !$0.contains("\n") && Output.safe($0) == $0 })
    }
}

@Suite("Who is there, in a line")
struct WhoLineTests {
    @Test(
        "who has the helm says since when, on the clock of the other times; a viewer of the same name does not have it")
    func helm() {
        let helm = ControlRoom.Helm(by: "eve", since: PlantTime(epoch: 5), wall: 1_764_338_700)
        func line(_ name: String, _ role: String) -> String {
            let person = Attached(
                name: name, role: role, uid: 1, pid: 7, since: 1_764_338_587, program: "attach", session: "s",
                isYou: false, origin: "")
            return WhoCommand.line(person, helm, now: 1_764_338_887)
        }
        #expect(
            line("eve", "operator")
                == "eve  operator  since 2025-11-28T14:03:07Z (5 min)  pid 7  attach  helm since 2025-11-28T14:05:00Z (3 min)"
        )
        #expect(!line("eve", "viewer").contains("helm") && !line("adam", "operator").contains("helm"))
    }
}

@Suite("The moves that an audit tells of")
struct MovesTableTests {
    @Test("moves as they ended, refusals too, each decision once and oldest first")
    func table() async throws {
        var rehearsal = await Rehearsal(width: 80, height: 24)
        let chat = Pool.inference(ServingClass("chat"))
        guard case .preview(let spare) = await rehearsal.plant.plan(Draft(to: chat, from: .spare), by: Rehearsal.you),
            case .preview(let other) = await rehearsal.plant.plan(
                Draft(to: chat, from: .training, nodes: 6), by: Rehearsal.you)
        else {
            Issue.record("no plan")
            return
        }
        func submit(_ preview: PlanPreview, _ confirmation: Factory.Confirmation) async -> CommandOutcome {
            await rehearsal.plant.perform(
                .submit(preview.decision, at: preview.revision, confirmation), by: Rehearsal.you)
        }
        #expect(await submit(other, .yes).verdict == .refused)
        #expect(await submit(spare, .yes).verdict == .accepted)
        for _ in 0..<120 { await rehearsal.wait() }
        let lines = MovesTable(rehearsal.records.newest(1000).reversed()).lines
        #expect(lines.count == 2)
        let (refused, done) = (try #require(lines.first), try #require(lines.last))
        #expect(refused.hasPrefix("\(other.decision) 2026-01-05T") && refused.contains(" ops1: refused, "))
        #expect(done.hasPrefix("\(spare.decision) 2026-01-05T"))
        #expect(done.contains(" ops1: spare -> inference/chat, 1 of 1 node, done, ready after "))
        #expect(done.contains(" (promised ") && done.contains(", lost 0 GPU-h (promised 0 GPU-h)"))
        #expect(MovesTable([]).lines == [] && MovesTable([]).waiting == [])
    }

    private func record(_ kind: AuditRecord.Kind, _ number: Int, _ details: [String: String] = [:]) -> AuditRecord {
        AuditRecord(
            sequence: 1, kind: kind, wall: 1, at: PlantTime(epoch: 1), by: "eve", decision: DecisionID(number),
            node: nil,
            step: nil, mode: .manual, text: "\(kind.rawValue)!", details: details, previous: "", hash: "")
    }

    @Test("what waits comes first, with who asked, what would move, the time that is left and how to answer")
    func waits() {
        let waiting = record(
            .waiting, 4, ["what": "9 nodes training -> spare", "reason": "it grows", "until": "2026-11-28T14:03:07Z"])
        let request = ControlRoom.Request(
            decision: DecisionID(4), by: "eve", what: "9 nodes training -> spare, 28 % of the plant",
            price: "12 GPU-h lost", reason: "it grows", left: Seconds(271))
        let live = MovesTable([waiting, record(.declined, 3)], [request])
        #expect(live.lines == ["d-3 1970-01-01T00:00:01Z eve: declined, declined!"])
        #expect(
            live.waiting.first
                == "d-4 WAITS for a second operator, 4:31 left: asked by eve: 9 nodes training -> spare, "
                + "28 % of the plant, 12 GPU-h lost: it grows")
        #expect(live.waiting.count == 2 && live.waiting.last?.contains("then V shows it, y approves") == true)
        let read = MovesTable([waiting])
        #expect(
            read.waiting.first
                == "d-4 WAITS for a second operator until 2026-11-28T14:03:07Z: asked by eve: "
                + "9 nodes training -> spare: it grows")
        #expect(read.lines == [])
        let over = MovesTable([waiting, record(.lapsed, 4)])
        #expect(over.waiting == [] && over.lines == ["d-4 1970-01-01T00:00:01Z eve: lapsed, lapsed!"])
        // The daemon knows better than the last thousand records.
        #expect(MovesTable([waiting], []).waiting == [])
    }
}
