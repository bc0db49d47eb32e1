// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@testable import Simulation

struct TrafficTests {
    private static let header = "t_s,chat_rps,chat_idc,chat_in,chat_out,think_rps,think_idc,think_in,think_out"

    private static func rows(_ text: String) throws -> TraceRows { try TraceRows(parsing: Array(text.utf8)) }

    private static func message(_ text: String) -> String {
        do {
            _ = try rows(text)
            return "no error"
        } catch { return "\(error)" }
    }

    @Test(
        "a trace that cannot be used says what is wrong and in which line",
        arguments: [
            ("", "the trace is empty"),
            ("\n\n  \n", "the trace is empty"),
            (header + "\n", "the trace has a header but no rows"),
            ("t_s,chat_rps\n0,1\n", "line 1: column 'chat_idc' is missing"),
            ("t_s,video_rps\n0,1\n", "line 1: column 'chat_rps' is missing, and that of every other class"),
            ("chat_rps\n1\n", "line 1: column 't_s' is missing"),
            (header + ",t_s\n", "line 1: column 't_s' is there twice"),
            (header + "\n0,1,1,1,1,1,1,1,1\n600,abc,1,1,1,1,1,1,1\n", "line 3: chat_rps is 'abc', not a number"),
            (header + "\n0,1,1,1,1,1,1,1,nan\n", "line 2: think_out is 'nan', not a number"),
            (header + "\n0,1,1,1,1,1,1,1,\n", "line 2: think_out is '', not a number"),
            (header + "\n0,-1,1,1,1,1,1,1,1\n", "line 2: chat_rps is -1, not between 0 and 1e9"),
            (header + "\n0,1,1,1,1,1,1,1\n", "line 2: 8 fields where the header has 9"),
            (header + "\n0,1,1,1,1,1,1,1,1\n\n0,1,1,1,1,1,1,1,1\n", "line 4: t_s is 0, not after the row before it"),
            (header + "\n0,0,1,1,1,0,1,1,1\n", "the trace holds no demand for chat or think"),
            (
                header + "\n0,1,1,1,1,1,1,1,1\n0.125,1,1,1,1,1,1,1,1\n",
                "the trace lasts 0.25 s: t_s is in seconds"
            ),
        ])
    func errors(text: String, expected: String) {
        #expect(Self.message(text) == expected)
    }

    @Test("other classes are named as left out, other columns ignored, line ends and a byte order mark do not matter")
    func columns() throws {
        let trace = try Self.rows(
            "\u{FEFF}" + Self.header
                + ",video_rps,audio_rps,tiled\r\n5, 1,2,3,4,5,6,7,8,9,9,0\r\n605,2,2,3,4,5,6,7,8,9,9,0\r\n")
        #expect(trace.leftOut == ["video", "audio"])
        #expect(trace.count == 2)
        #expect(trace.length == 1200)
        #expect(trace.row(0)[1] == ClassDemand(rate: 5, burstiness: 6, input: 7, output: 8))
    }

    @Test("an image counts no input tokens in a trace, and has them all the same")
    func imageWithoutInput() throws {
        let trace = try Self.rows("t_s,image_rps,image_idc,image_out\n0,5,8,140\n600,6,8,150\n")
        #expect(trace.classes == [ServingClass("image")])
        #expect(trace.row(0) == [ClassDemand(rate: 5, burstiness: 8, input: 1200, output: 140)])
        let plant = SimulatedPlant(SimulationSettings(), traffic: Traffic(trace, name: "t"))
        #expect(plant.classes == [ServingClass("image")])
    }

    @Test("demand goes in straight lines from row to row and starts again at the end")
    func looping() throws {
        let text = Self.header + "\n0,10,1,100,50,1,1,1,1\n100,20,1,100,50,1,1,1,1\n200,40,1,100,50,1,1,1,1\n"
        var traffic = Traffic(try Self.rows(text), name: "t.csv")
        var found: [Double] = []
        for second in [0.0, 50, 100, 150, 200, 250, 300, 350] {
            traffic.advance(to: second)
            found.append(traffic.demand(of: 0, at: second).rate)
        }
        #expect(found == [10, 15, 20, 30, 40, 25, 10, 15])
        #expect(traffic.laps == 1)
        #expect(traffic.name == "trace t.csv")
    }

    @Test("a trace of a single row is a steady demand")
    func single() throws {
        var traffic = Traffic(try Self.rows(Self.header + "\n0,10,1,100,50,1,1,1,1\n"), name: "t")
        traffic.advance(to: 5000)
        #expect(traffic.demand(of: 0, at: 5000).rate == 10)
        #expect(traffic.laps == 8)
    }

    @Test(
        "the generator has the published spread and memory of chat's log-rate and is no sine",
        arguments: [1, 2, 3] as [UInt64])
    func generator(seed: UInt64) {
        var generator = TrafficGenerator(seed: seed)
        let logs = (0..<20_000).map { _ in RealLog.log(generator.next()[1].rate) }
        let mean = logs.reduce(0, +) / Double(logs.count)
        func covariance(_ lag: Int) -> Double {
            var sum = 0.0
            for index in lag..<logs.count { sum += (logs[index] - mean) * (logs[index - lag] - mean) }
            return sum / Double(logs.count)
        }
        let spread = covariance(0).squareRoot()
        #expect(spread > 0.32 && spread < 0.46, "sd \(spread), seed \(seed)")
        let memory = covariance(1) / covariance(0)
        #expect(memory > 0.88 && memory < 0.94, "AR \(memory), seed \(seed)")
        let day = covariance(144) / covariance(0)
        #expect(abs(day) < 0.12, "autocorrelation at 24 h \(day), seed \(seed)")
        var jumps = 0
        for index in 1..<logs.count where abs(RealLog.exp(logs[index] - logs[index - 1]) - 1) > 0.3 { jumps += 1 }
        let perDay = Double(jumps) / Double(logs.count) * 144
        #expect(perDay > 5 && perDay < 25, "\(perDay) jumps a day, seed \(seed)")
    }

    @Test("demand is scaled so that its 99th percentile needs 55 % of the plant", arguments: [1, 3, 64, 10_000])
    func scale(nodes: Int) throws {
        let settings = SimulationSettings(nodes: nodes, seed: 5)
        let traffic = Traffic.generated(seed: 5)
        let plant = SimulatedPlant(settings, traffic: traffic)
        let classes = ServedClass.served(byNodes: nodes)
        let needs = DemandScale.nodesNeeded(traffic, by: classes).map { $0 * plant.demandScale }
        let over = needs.count { $0 > 0.55 * Double(nodes) }
        #expect(Double(over) / Double(needs.count) <= 0.0101)
        #expect(needs.count { $0 > 0.54 * Double(nodes) } >= over)
        #expect(abs(DemandScale.percentile99(of: needs) / Double(nodes) - 0.55) < 1e-9)
    }

    @Test("a demand scale that is given is used")
    func givenScale() {
        let plant = SimulatedPlant(SimulationSettings(demandScale: 0.5), traffic: .generated(seed: 1))
        #expect(plant.demandScale == 0.5)
    }
}
