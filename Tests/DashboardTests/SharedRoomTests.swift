// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen
import Testing

@testable import Dashboard

@Suite("Several operators on one plant")
struct SharedRoomTests {
    private static var you: String { SampleFactory.you.name }

    /// A plant that adam and a viewer share with you.
    static func shared(
        helm: String? = nil, asking: String? = nil, with others: [String] = ["adam"], _ bare: FactorySnapshot? = nil
    ) -> FactorySnapshot {
        var snapshot = bare ?? SampleFactory.simulated()
        var people = others.map { ControlRoom.Person(name: $0, mayAct: true) }
        people += [ControlRoom.Person(name: "ann", mayAct: false), ControlRoom.Person(name: you, mayAct: true)]
        snapshot.room = ControlRoom(
            helm: helm.map { ControlRoom.Helm(by: $0, since: PlantTime(epoch: 1_795_615_000), wall: 1) },
            people: people.sorted { $0.name < $1.name })
        if let asking {
            snapshot.room?.requests = [
                ControlRoom.Request(
                    decision: DecisionID(9), by: asking, what: "92 nodes training -> think, 30 % of the plant",
                    price: "412 GPU-h lost, ready in 14:02",
                    reason: "the think queue has doubled since six and the batch run may wait until morning",
                    details: [
                        "su07-n01..92 of job nlp1-pretrain, which goes on with 308 of 400 nodes",
                        "in 6 waves of at most 16, each when the one before serves",
                    ],
                    left: Seconds(271))
            ]
        }
        return snapshot
    }

    @Test("the title says who steers: nobody, you, or whom", arguments: ["", "adam", "you"])
    func title(who: String) {
        let helm = who == "you" ? Self.you : who
        for width in [120, 200] {
            let driver = Driver(Self.shared(helm: helm.isEmpty ? nil : helm), width: width)
            #expect(driver.lines[0].contains("helm \(who.isEmpty ? "FREE" : who)"), "\(driver.lines[0])")
        }
        #expect(!Driver().lines[0].contains("helm"), "a plant of one's own has none")
    }

    @Test("h takes the helm that is free, leaves one's own, and asks before it takes somebody's")
    func helm() {
        var free = Driver(Self.shared())
        #expect(free.press("h") == [.perform(.takeHelm)])
        var own = Driver(Self.shared(helm: Self.you))
        #expect(own.press("h") == [.perform(.leaveHelm)])
        var others = Driver(Self.shared(helm: "adam"))
        #expect(others.press("h").isEmpty)
        #expect(others.bottom.contains("take the helm from adam, who has it since"))
        #expect(others.press("y", after: 1) == [.perform(.takeHelm)])
        var alone = Driver()
        #expect(alone.press("h").isEmpty && alone.bottom.contains("yours alone"))
        var viewer = Driver(Self.shared(), you: Operator(name: "ann", mayAct: false))
        #expect(viewer.press("h").isEmpty && viewer.bottom.contains("viewer"))
    }

    @Test("a question about the helm is taken back when it has changed hands")
    func changedHands() {
        var driver = Driver(Self.shared(helm: "adam", with: ["adam", "bob"]))
        driver.press("h")
        _ = driver.state.update(.snapshotArrived(Self.shared(helm: "adam", with: ["adam", "bob"])))
        #expect(driver.state.question != nil)
        _ = driver.state.update(.snapshotArrived(Self.shared(helm: "bob", with: ["adam", "bob"])))
        #expect(driver.state.question == nil)
    }

    @Test("who loses the helm is told by whom")
    func lost() {
        var driver = Driver(Self.shared(helm: Self.you))
        _ = driver.state.update(.snapshotArrived(Self.shared(helm: "adam")))
        #expect(driver.bottom.contains("adam took the helm from you"))
    }

    @Test("while somebody else has the helm nothing but HOLD acts, and each key says who has it")
    func othersHelm() {
        var driver = Driver(Self.shared(helm: "adam"))
        for letter: Unicode.Scalar in ["A", "+"] {
            #expect(driver.press(letter).isEmpty)
            #expect(driver.bottom.contains("adam has the helm since") && driver.bottom.contains("h takes it over"))
        }
        #expect(driver.press("H") == [.perform(.hold)])
        let gate = ConfirmationGate(SamplePlans.free(), driver.state.context)
        guard case .closed(let why) = gate else { return #expect(Bool(false), "\(gate)") }
        #expect(why.contains("adam has the helm"))
    }

    @Test("a plan above the limit says who must approve it, and nobody where nobody is there")
    func reason() {
        let shared = Driver(Self.shared(helm: Self.you)).state.context
        #expect(ConfirmationGate(SamplePlans.third(), shared) == .reason(waitsFor: ["adam"]))
        let alone = Driver(Self.shared(helm: Self.you, with: [])).state.context
        #expect(ConfirmationGate(SamplePlans.third(), alone) == .reason(waitsFor: []))
    }

    @Test("somebody's request is said once, stands in the title, and V shows it with its price before anybody answers")
    func request() {
        var driver = Driver(Self.shared())
        _ = driver.state.update(.snapshotArrived(Self.shared(asking: "adam")))
        #expect(driver.bottom.contains("adam asks for a second operator: 92 nodes"))
        #expect(driver.lines[0].contains("adam ASKS d-9"))
        driver.press("V")
        #expect(driver.state.screen == .request)
        for words in ["APPROVE? adam asks for d-9", "92 nodes training", "412 GPU-h lost", "the batch run may wait"] {
            #expect(driver.text.contains(words), "\(words)")
        }
        #expect(driver.press("y", after: 1) == [.perform(.approve(DecisionID(9)))])
        #expect(driver.state.screen == .main)
        driver.press("V", after: 1)
        #expect(driver.press("n", after: 1) == [.perform(.decline(DecisionID(9)))])
        var held = driver
        held.press("V", after: 1)
        #expect(held.press(.escape, after: 1).isEmpty && held.state.screen == .main)
    }

    @Test("which nodes move stands under what moves, and a question is no alarm")
    func detail() throws {
        var driver = Driver(Self.shared())
        _ = driver.state.update(.snapshotArrived(Self.shared(asking: "adam")))
        #expect(driver.state.notice?.notice.isAlarm == false)
        driver.press("V")
        let lines = driver.lines
        let row = { (word: String) in try #require(lines.firstIndex { $0.contains(word) }, "\(word)") }
        #expect(try row("moves 92") < row("su07-n01..92") && row("6 waves") < row("costs 412"))
        #expect(try row("costs 412") < row("because the") && row("because the") < row("left 4:31"))
        #expect(lines[try row("su07-n01..92")].hasPrefix("       su07"), "under what it is a detail of")
    }

    @Test("one's own request can be taken back and not approved; a viewer answers none")
    func own() {
        var driver = Driver(Self.shared(asking: Self.you))
        #expect(driver.lines[0].contains("d-9 WAITS"))
        driver.press("V")
        #expect(driver.press("y", after: 1).isEmpty && driver.bottom.contains("somebody else has to approve"))
        #expect(driver.press("n", after: 1) == [.perform(.decline(DecisionID(9)))])
        var viewer = Driver(Self.shared(asking: "adam"), you: Operator(name: "ann", mayAct: false))
        #expect(viewer.press("V").isEmpty && viewer.bottom.contains("viewer"))
        var none = Driver(Self.shared())
        #expect(none.press("V").isEmpty && none.bottom.contains("no plan waits"))
    }

    @Test("a request that is answered elsewhere closes under the fingers, and its y reaches nothing")
    func answeredElsewhere() {
        var driver = Driver(Self.shared(asking: "adam"))
        driver.press("V")
        _ = driver.state.update(.snapshotArrived(Self.shared()))
        #expect(driver.state.screen == .main)
        #expect(driver.press("y", after: 1).isEmpty)
        #expect(!driver.lines[0].contains("ASKS"))
    }
}
