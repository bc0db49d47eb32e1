// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@Suite("How numbers and names are written")
struct WordsTests {
    @Test(
        "nodes in a row are written as a range",
        arguments: [
            (["su07-n21", "su07-n22", "su07-n23"], "su07-n21..23"), (["su07-n09", "su07-n10"], "su07-n09..10"),
            (["su07-n01", "su08-n02"], "su07-n01, su08-n02"), (["n1", "n3", "n4"], "n1, n3..4"),
            (["n9", "n10"], "n9..10"), (["gpu", "gpu2"], "gpu, gpu2"), ([], ""),
            (["10.0.0.1:9100", "10.0.0.2:9100"], "10.0.0.1:9100, 10.0.0.2:9100"),
        ])
    func ranges(names: [String], text: String) {
        #expect(Words.ranges(names.map { NodeID($0) }) == text)
    }

    @Test("a long list says how many it leaves out")
    func limited() {
        let names = ["a1", "b1", "c1", "c2", "d1"].map { NodeID($0) }
        #expect(Words.ranges(names, limit: 2) == "a1, b1 and 3 more")
    }

    @Test(
        "spans read as a clock",
        arguments: [(0, "0:00"), (59.6, "1:00"), (130, "2:10"), (3661, "1:01:01"), (-61, "-1:01"), (.infinity, "-")])
    func spans(seconds: Double, text: String) {
        #expect(Words.span(Seconds(seconds)) == text)
    }

    @Test(
        "ages take few columns",
        arguments: [(3.2, "3s"), (119, "119s"), (120, "2m"), (7800, "2h10m"), (200_000, "2d"), (-5, "0s"), (.nan, "-")])
    func ages(seconds: Double, text: String) {
        #expect(Words.age(Seconds(seconds)) == text)
    }

    @Test(
        "numbers keep three digits that matter",
        arguments: [
            (0, "0"), (893, "893"), (9_712, "9.71 k"), (72_800, "72.8 k"), (999_499, "999 k"), (999_600, "1.00 M"),
            (1_452_000, "1.45 M"), (.nan, "-"), (3.2e9, "3.20 G"),
        ])
    func compact(value: Double, text: String) {
        #expect(Words.compact(value) == text)
    }

    @Test(
        "decimals are rounded, and an unknown is a dash",
        arguments: [
            (1.25, 1, "1.3"), (-0.04, 1, "0.0"), (-1.06, 1, "-1.1"), (7, 0, "7"), (.nan, 2, "-"), (1e300, 0, "-"),
        ])
    func fixed(value: Double, decimals: Int, text: String) {
        #expect(Words.fixed(value, decimals) == text)
    }

    @Test(
        "a span in a sentence is not taken for a time of day",
        arguments: [(45, "45 s"), (130, "2:10"), (3900, "1:05:00"), (-3, "0 s"), (.infinity, "for ever")])
    func durations(seconds: Double, text: String) {
        #expect(Words.duration(Seconds(seconds)) == text)
    }

    @Test(
        "a number keeps the digits that matter",
        arguments: [(0.314, "0.31"), (0.3, "0.3"), (2.54, "2.5"), (2, "2"), (15.4, "15"), (1234, "1234"), (.nan, "-")])
    func numbers(value: Double, text: String) {
        #expect(Words.number(value) == text)
    }

    @Test("names, counts and work are written as people read them")
    func sentences() {
        #expect(Words.names(["a", "b", "c", "d", "e"]) == "a, b, c, 2 more" && Words.names(["a", "b"]) == "a, b")
        #expect(Words.count(1, "node") == "1 node" && Words.count(0, "node") == "0 nodes")
        #expect(Words.work(GPUHours(2.54)) == "2.5 GPU-h" && Words.work(GPUHours(28.2)) == "28 GPU-h")
        #expect(Words.ago(Seconds(59)) == "59 s" && Words.ago(Seconds(7199)) == "119 min")
    }
}
