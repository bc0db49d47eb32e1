// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Exposition

/// What another program, a few lines of Python with regular expressions, counted in a recorded page.
struct Recorded: Sendable, CustomTestStringConvertible {
    let path: String
    let samples: Int
    let types: Int
    let labels: Int
    let names: Int
    /// Of the finite values, in the order of the page.
    let sum: Double

    init(_ path: String, _ samples: Int, _ types: Int, _ labels: Int, _ names: Int, _ sum: Double) {
        self.path = path
        self.samples = samples
        self.types = types
        self.labels = labels
        self.names = names
        self.sum = sum
    }

    var testDescription: String { path }

    static let all = [
        Recorded("documented-dcgm-exporter/mig-and-jobs.txt", 14, 4, 100, 4, 61446.5),
        Recorded("documented-dcgm-exporter/t0.txt", 39, 10, 281, 10, 1942574073.4599998),
        Recorded("documented-dcgm-exporter/t1.txt", 39, 10, 281, 10, 1942575496.9060001),
        Recorded("dynamo-1.6.1/frontend-t0.txt", 792, 125, 2184, 195, 775316.0036290551),
        Recorded("dynamo-1.6.1/worker-t0.txt", 180, 28, 499, 42, 988934.3182826322),
        Recorded("dynamo-1.6.1/worker-t1.txt", 180, 28, 499, 42, 1548200.7454564169),
        Recorded("node_exporter-1.5.0/t0.txt", 505, 283, 399, 285, 1.844678003410659e+19),
        Recorded("node_exporter-1.5.0/t1.txt", 505, 283, 399, 285, 1.8446780034426065e+19),
        Recorded("prometheus-2.42/t0.txt", 606, 178, 691, 210, 1.8446749476286497e+19),
        Recorded("pushgateway-1.5.1/t0.txt", 56, 42, 40, 48, 1.844674408059491e+19),
        Recorded("pyclient-0.26/om001.txt", 16, 10, 17, 12, 1003590910840.6143),
        Recorded("ray-2.60.0/agent-t0.txt", 2145, 154, 22509, 190, 276665481968.08673),
        Recorded("ray-2.60.0/aux-t0.txt", 93, 38, 150, 43, 26930893542.73356),
        Recorded("vllm-0.32.0/t0.txt", 425, 92, 1126, 130, 92681598538.56535),
        Recorded("vllm-0.32.0/t1.txt", 425, 92, 1126, 130, 92681602822.4473),
        Recorded("vllm-0.32.0/t2.txt", 425, 92, 1126, 130, 92681612908.95523),
    ]
}

@Suite struct RecordedTests {
    @Test("every recorded page is understood whole", arguments: Recorded.all)
    func recorded(_ recorded: Recorded) throws {
        let bytes = try fixture(recorded.path)
        #expect(BodyKind(of: bytes) == .text)
        let page = ExpositionPage(parsing: bytes)
        #expect(page.report.rejected == 0)
        #expect(page.samples.count == recorded.samples)
        #expect(page.families.count == recorded.types)
        #expect(page.labels.count == recorded.labels)
        #expect(Set(page.samples.map { page.string($0.name) }).count == recorded.names)
        #expect(page.samples.reduce(0) { $0 + ($1.value.isFinite ? $1.value : 0) } == recorded.sum)
    }

    @Test("a recorded page cut anywhere loses at most the line of the cut")
    func cut() throws {
        let whole = try fixture("vllm-0.32.0/t0.txt")
        for length in stride(from: 1, to: whole.count, by: 997) {
            let page = ExpositionPage(parsing: Array(whole[..<length]))
            let lines = whole[..<length].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let samples = lines.dropLast().count { !$0.isEmpty && $0.first != UInt8(ascii: "#") }
            #expect(page.samples.count == samples)
            #expect(page.report.rejected <= 1)
        }
    }
}
