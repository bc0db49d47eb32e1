// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Factory

@Suite struct FoldStaleTests {
    @Test("a host of which one exporter is silent shows nothing of that one, and says which")
    func oneSilent() {
        var fold = Fold(plant: "p")
        let nodes = fold.fold([exporters([host("a", "x"), host("a", "x", "dcgm", at: 980)])]).nodes
        #expect(nodes.cpu[0] == 0.25)
        #expect(nodes.power[0] == nil)
        #expect(nodes.gpus.power[0] == nil)
        #expect(nodes.gpus.range(of: 0) == 0..<1)
        #expect(nodes.heardAt == [PlantTime(epoch: 1000)])
        #expect(nodes.conditions[0]?.kind == .stale)
        #expect(nodes.conditions[0]?.text == "dcgm no answer 00:16")
    }

    @Test("a machine whose exporter has never answered is there, unknown, and says who does not answer")
    func neverHeard() {
        var fold = Fold(plant: "p")
        var down = HostFacts(name: nil, address: "b", exporter: "no answer", at: PlantTime(epoch: 1000))
        (down.target, down.noAnswer) = ("b:9100", "connection refused")
        let nodes = fold.fold([exporters([host("a", "a"), down])]).nodes
        #expect(nodes.ids == [NodeID("a"), NodeID("b")])
        #expect(nodes.states[1] == .unknown && nodes.lastHeard(of: 1) == nil && nodes.lastHeard(of: 0) != nil)
        #expect(nodes.conditions[1]?.kind == .stale && nodes.conditions[1]?.text == "b:9100 connection refused")
        #expect(nodes.conditions[1]?.isOlder == true, "since then at least")
        // Another exporter of a machine that is known is no machine of its own.
        down.address = "a"
        let one = fold.fold([exporters([host("a", "a"), down])]).nodes
        #expect(one.ids == [NodeID("a")] && one.conditions[0]?.text == "b:9100 connection refused")
        #expect(one.lastHeard(of: 0) == PlantTime(epoch: 1000))
    }

    @Test("values up to two polls old are fresh, older ones are not shown", arguments: [(990.0, true), (989.9, false)])
    func edge(_ at: Double, _ isShown: Bool) {
        var fold = Fold(plant: "p")
        let snapshot = fold.fold([exporters([host("a", "x", at: at)], [engine("m", "x", at: at)])])
        #expect((snapshot.nodes.cpu[0] != nil) == isShown)
        #expect((snapshot.nodes.conditions[0] == nil) == isShown)
        #expect(snapshot.nodes.heardAt == [PlantTime(epoch: at)])
        let expected: Reading<TokensPerSecond> =
            isShown
            ? .fresh(TokensPerSecond(100))
            : .stale(TokensPerSecond(100), age: PlantTime(epoch: 1000) - PlantTime(epoch: at))
        #expect(snapshot.decode == expected)
        #expect(snapshot.nodes.states == [isShown ? .serving : .unknown])
    }

    @Test("a condition keeps the time it began at")
    func since() {
        var fold = Fold(plant: "p")
        var facts = host("a", "x", "dcgm")
        facts.gpus[0].lastXID = 79
        for second in [1000.0, 1005, 1010] {
            facts.at = PlantTime(epoch: second)
            let nodes = fold.fold([exporters([facts], at: second)]).nodes
            var expected = NodeCondition(kind: .failed, text: "last XID 79 gpu0", since: PlantTime(epoch: 1000))
            // It was there when the machine was first heard of.
            expected.isOlder = true
            #expect(nodes.conditions[0] == expected)
            #expect(nodes.isOlder == [true])
            #expect(nodes.since == [PlantTime(epoch: 1000)])
            #expect(nodes.gpus.lastXID == [0: 79])
        }
    }

    @Test("what begins while somebody looks began then, and not before")
    func begins() {
        var fold = Fold(plant: "p")
        var facts = host("a", "x", "dcgm")
        _ = fold.fold([exporters([facts])])
        facts.gpus[0].lastXID = 79
        facts.at = PlantTime(epoch: 1005)
        let nodes = fold.fold([exporters([facts], at: 1005)]).nodes
        #expect(nodes.conditions[0]?.isOlder == false && nodes.conditions[0]?.since == PlantTime(epoch: 1005))
        #expect(nodes.states == [.failed] && nodes.isOlder == [false])
    }

    @Test("list and ledger agree on a grave XID: failed where nobody serves, suspect where an engine answers")
    func xidAndEngine() {
        var facts = host("a", "x", "dcgm")
        facts.gpus[0].lastXID = 79
        var fold = Fold(plant: "p")
        let alone = fold.fold([exporters([facts])])
        #expect(alone.nodes.states == [.failed] && alone.ledger[.failed] == 1)
        let serving = fold.fold([exporters([facts], [engine("m", "x")])])
        #expect(serving.nodes.states == [.serving] && serving.ledger[.failed] == 0)
        #expect(serving.nodes.conditions[0]?.kind == .suspect)
        #expect(serving.nodes.conditions[0]?.text == "last XID 79 gpu0")
    }

    @Test("each source is stale by its own pace")
    func ownPace() {
        var fold = Fold(plant: "p")
        var slow = exporters([host("a", "x", at: 950)])
        slow.interval = Seconds(60)
        var fast = exporters([], [engine("m", "x", at: 990)])
        fast.interval = Seconds(1)
        let snapshot = fold.fold([slow, fast])
        #expect(snapshot.nodes.cpu[0] == 0.25 && snapshot.nodes.conditions[0]?.text == "vllm no answer 00:16")
        #expect(snapshot.decode == .stale(TokensPerSecond(100), age: Seconds(10)))
        #expect(snapshot.sources.map(\.staleAfter) == [Seconds(120), Seconds(2)])
        // A node is as slow as who speaks of it.
        #expect(snapshot.staleAfter(of: 0) == Seconds(120))
        let only = fold.fold([exporters([host("b", "y", at: 998)]), slow])
        let place = only.nodes.ids.firstIndex(of: NodeID("b")) ?? 0
        #expect(only.staleAfter(of: place) == exporters([]).interval * 2)
    }

    @Test("a sum says when it is only a part")
    func partial() {
        var fold = Fold(plant: "p")
        let both = fold.fold([exporters([], [engine("m", "x"), engine("q", "y")])])
        #expect(!both.isPartial(\.decode))
        let one = fold.fold([exporters([], [engine("m", "x"), engine("q", "y", decode: nil)])])
        #expect(one.isPartial(\.decode) && one.decode == .fresh(TokensPerSecond(100)))
        #expect(!one.isPartial(\.prefill), "nobody says: that is missing, not a part")
    }

    @Test("within a class too: an engine that does not say what its others do makes a part of their sum")
    func partialClass() {
        var fold = Fold(plant: "p")
        let whole = fold.fold([exporters([], [engine("m", "x"), engine("m", "y")])])
        #expect(!whole.isPartial(\.decode) && whole.classes.map(\.parts) == [[]])
        let part = fold.fold([exporters([], [engine("m", "x"), engine("m", "y", decode: nil)])])
        #expect(part.classes.count == 1 && part.classes[0].parts == .decode)
        #expect(part.classes[0].isPart(\.decode) && !part.classes[0].isPart(\.waiting))
        #expect(part.isPartial(\.decode) && !part.isPartial(\.running))
    }

    @Test("an XID that is an application's own doing is kept but is no failure", arguments: [13, 31, 43, 45])
    func mildXID(_ xid: Int) {
        var facts = host("a", "x", "dcgm")
        facts.gpus[0].lastXID = xid
        var fold = Fold(plant: "p")
        let nodes = fold.fold([exporters([facts])]).nodes
        #expect(nodes.conditions.isEmpty)
        #expect(nodes.gpus.lastXID == [0: xid])
    }

    @Test("an engine that stopped long ago counts only where no other speaks")
    func forgotten() {
        var fold = Fold(plant: "p")
        let both = fold.fold([exporters([], [engine("m", "x", decode: 70), engine("m", "y", at: 900, decode: 30)])])
        #expect(both.decode == .fresh(TokensPerSecond(70)))
        let recent = fold.fold([exporters([], [engine("m", "x", decode: 70), engine("m", "y", at: 960, decode: 30)])])
        #expect(recent.decode == .stale(TokensPerSecond(100), age: Seconds(40)))
        let alone = fold.fold([exporters([], [engine("m", "y", at: 900, decode: 30)])])
        #expect(alone.decode == .stale(TokensPerSecond(30), age: Seconds(100)))
    }
}
