// SPDX-License-Identifier: Apache-2.0

import Backends
import Testing

@testable import tokenworks

@Suite("file_sd: groups of targets in JSON or YAML")
struct TargetGroupsTests {
    @Test("groups give URLs; scheme and path come from their labels, the others are kept")
    func urls() throws {
        let json = """
            [
              {"targets": ["gpu1:9400", "10.0.0.2:9400", "[fd00::1]:9400"], "labels": {"job": "dcgm", "rack": "r1"}},
              {"targets": ["llm1:8000"], "labels": {"__metrics_path__": "v1/metrics", "__scheme__": "https"}},
              {"targets": []}
            ]
            """
        let found = try TargetGroups.parse(json, file: "t.json").map(\.target.url)
        #expect(
            found == [
                "http://gpu1:9400/metrics", "http://10.0.0.2:9400/metrics", "http://[fd00::1]:9400/metrics",
                "https://llm1:8000/v1/metrics",
            ])
        #expect(try TargetGroups.parse(json, file: "t.json").first?.labels == ["job": "dcgm", "rack": "r1"])
        let yaml = "- targets: [a:1]\n  labels:\n    job: x\n- targets:\n    - b:2\n"
        #expect(try TargetGroups.parse(yaml, file: "t.yaml").map(\.target.name) == ["a:1", "b:2"])
    }

    @Test(
        "what is wrong is named with file and line",
        arguments: [
            ("{}", "t:1: expected a list"), ("- labels: {}", "t:1: [0]: 'targets' is missing"),
            ("- targets: [a:1]\n- targets:\n  - http://b/metrics", "t:3: [1]: a target is host:port"),
            ("- targets: ['a:99999']", "t:1: [0]: http://a:99999/metrics has a port"),
            ("- targets: [a:1]\n  lables: {}", "t:2: unknown key '[0].lables'"),
            ("- targets: [a:1]\n  labels: {__scheme__: ftp}", "t:1: [0]: ftp://a:1/metrics is no http"),
            ("[]", "t: names no target"), ("[", "t:2: not YAML"), ("- 3", "t:1: [0]: expected keys and values"),
            ("- targets: ['http://u:secret@gpu1:9400/metrics']", "t:1: [0]: a target with a user or a password"),
            ("- targets: ['169.254.169.254:80']", "refused"),
        ])
    func wrong(text: String, words: String) {
        let error = #expect(throws: ConfigurationError.self) { try TargetGroups.parse(text, file: "t") }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("secret") == false)
    }
}
