// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import tokenworks

@Suite("What is wrong with a configuration: file, line and a sentence")
struct ConfigurationErrorTests {
    /// A text, the line that is wrong, and words of the sentence.
    struct Fault: Sendable, CustomTestStringConvertible {
        let text: String
        let line: Int?
        let words: [String]
        var testDescription: String { text }

        init(_ text: String, _ line: Int?, _ words: String...) {
            self.text = text
            self.line = line
            self.words = words
        }
    }

    static let keys = [
        Fault("plant: a\nplnat: b\n", 2, "unknown key 'plnat'", "plant"),
        Fault("Plant: a\n", 1, "unknown key 'Plant'"),
        Fault("<<: {plant: a}\n", 1, "unknown key '<<'"),
        Fault("theme: light\n\ntheme: mono\n", 1, "'theme'", "more than once"),
        Fault("sources:\n  - simulated:\n      seed: 1\n      seed: 2\n", 3, "'seed'", "more than once"),
        Fault("rails:\n  cooldown: 1\n  coolup: 1\n", 3, "unknown key 'rails.coolup'", "cooldown"),
        Fault("sources:\n  - simulated:\n      nodez: 3\n", 3, "'sources[0].simulated.nodez'", "nodes"),
        Fault("sources:\n  - scrape:\n      targets: [http://a/]\n      url: b\n", 4, "'sources[0].scrape.url'"),
        Fault(
            "sources:\n  - scrape:\n      targets: [http://a/]\n      training:\n        - {metric: m, unit: s}\n", 5,
            "'sources[0].scrape.training[0].unit'", "quantity"),
        Fault("control:\n  - simulated: {enable: true}\n", 2, "'control[0].simulated.enable'", "enabled"),
        Fault("sources:\n  - scrape: {file: t}\nclasses:\n  m: {itl: 0.1, ttfb: 1}\n", 4, "'classes.m.ttfb'", "ttft"),
        Fault("sources:\n  - scrape: {file: t}\nclasses:\n  m:\n    ttft: 1\n", 4, "classes.m", "give 'itl'"),
        Fault("sources:\n  - scrape: {file: t}\nclasses:\n  m:\n    itl: 0.1\n    target: 99\n", 6, "target"),
        Fault("classes:\n  chat: {itl: 0.1}\n", 1, "the simulation's classes have levels of their own"),
        Fault("plant: a\ndaemon: {sokket: /s}\n", 2, "unknown key 'daemon.sokket'", "socket"),
        Fault("plant: a\ndaemon: {}\n", 2, "daemon: give 'socket'"),
        Fault("? [a, b]\n: c\n", 1, "a key must be a word"),
    ]

    static let types = [
        Fault("plant\n", 1, "expected keys and values"),
        Fault("- plant\n", 1, "expected keys and values"),
        Fault("plant:\n", 1, "plant", "expected a word"),
        Fault("plant: [a]\n", 1, "plant", "expected a word"),
        Fault("theme: {a: b}\n", 1, "theme", "expected a word"),
        Fault("daemon: maybe\n", 1, "daemon", "true or false"),
        Fault("sources: simulated\n", 1, "sources", "expected a list"),
        Fault("sources:\n  simulated: {}\n", 1, "sources", "expected a list"),
        Fault("sources:\n  - simulated\n", 2, "sources[0]", "expected keys and values"),
        Fault("sources:\n  - simulated: 64\n", 2, "sources[0].simulated", "expected keys and values"),
        Fault("sources:\n  - simulated: {nodes: many}\n", 2, "nodes", "whole number from 1 to 10000", "'many'"),
        Fault("sources:\n  - simulated: {nodes: 6.5}\n", 2, "nodes", "whole number"),
        Fault("sources:\n  - simulated: {nodes: [64]}\n", 2, "nodes", "whole number"),
        Fault("sources:\n  - scrape: {targets: http://a/}\n", 2, "targets", "expected a list"),
        Fault("sources:\n  - scrape:\n      targets:\n        - http://a/\n        - [b]\n", 5, "expected a word"),
        Fault("sources:\n  - scrape:\n      targets: [a]\n      tls: {cert_file: a}\n", 4, "tls", "give both"),
        Fault("sources:\n  - scrape:\n      targets: [a]\n      tls: {}\n", 4, "tls", "give 'ca_file'"),
        Fault(
            "sources:\n  - scrape:\n      targets: [a]\n      tls:\n        server_name: 10.0.0.7\n", 4, "server_name",
            "no host name"),
        Fault(
            "sources:\n  - scrape:\n      targets: [a]\n      tls:\n        insecure_skip_verify: true\n", 5,
            "unknown key 'sources[0].scrape.tls.insecure_skip_verify'"),
        Fault(
            "sources:\n  - scrape:\n      targets: [a]\n      node: {label: a, address: b}\n", 4, "node",
            "give 'label' or"),
        Fault(
            "sources:\n  - scrape:\n      targets: [a]\n      site: {address: '('}\n", 4, "site",
            "no regular expression"),
        Fault("names:\n  a: [x, y]\n  b: [y]\n", 3, "'y' stands for 'a' and for 'b'"),
        Fault("names:\n  a: [x]\n  x: [z]\n", 3, "'x' is a name of its own and stands for 'a'"),
        Fault("names: {a: b}\n", 1, "names.a", "expected a list"),
        Fault("control:\n  - simulated: {enabled: perhaps}\n", 2, "enabled", "true or false"),
        Fault("rails: strict\n", 1, "rails", "expected keys and values"),
        Fault("rails:\n  floors: 3\n", 2, "rails.floors", "expected keys and values"),
        Fault("rails:\n  floors:\n    chatt: 11\n", 3, "rails.floors", "there is no pool 'chatt'", "inference/chat"),
        Fault("sources:\n  - simulated: {hardware: h900}\n", 2, "hardware", "'h900' is not one of h100, h200"),
        Fault("sources:\n  - simulated:\n      hardware: {price: 2}\n", 3, "hardware", "'like' names the machine"),
        Fault(
            "sources:\n  - simulated:\n      hardware: {like: h100, bf16_flops: 0}\n", 3, "bf16_flops",
            "expected a number"),
        Fault(
            "sources:\n  - simulated:\n      hardware: {like: h100, power_watts: -5}\n", 3, "power_watts",
            "expected a number"),
        Fault(
            "sources:\n  - simulated:\n      hardware: {like: h100, power_watts: 900}\n", 3, "idle_watts (3060)",
            "less than power_watts (900)"),
        Fault(
            "sources:\n  - simulated:\n      hardware: {like: h100, memory_bytes: 10e9}\n", 3,
            "do not fit into 8 x memory_bytes"),
        Fault(
            "sources:\n  - scrape:\n      targets: [http://a/]\n      training: [{metric: m}]\n", 4,
            "sources[0].scrape.training[0]", "needs 'metric'", "'quantity'"),
        Fault(
            "sources:\n  - scrape:\n      targets: [http://a/]\n      training:\n        - {metric: m, quantity: speed}\n",
            5, "'speed' is not one of tokens_per_second, tokens, loss"),
        Fault(
            "sources:\n  - scrape:\n      targets: [http://a/]\n      training:\n        - {metric: m, quantity: loss}\n"
                + "        - {metric: m, quantity: mfu}\n", 6, "'m' is given twice"),
        Fault("sources:\n  - simulated:\n      sites: [norway]\n", 3, "sites[0]", "expected keys and values"),
        Fault("sources:\n  - simulated:\n      sites:\n        - nodes: 3\n", 4, "'name' is missing"),
        Fault(
            "sources:\n  - simulated:\n      sites:\n        - name: norway\n        - name: norway\n", 5,
            "'norway' is given twice"
        ),
        Fault(
            "sources:\n  - simulated:\n      sites:\n        - {name: mars, pue: 1.2}\n", 4, "none of home, india",
            "needs pue, energy_price and carbon"),
        Fault(
            "sources:\n  - simulated:\n      site: home\n      sites: [{name: norway}]\n", 4, "not both"),
        Fault("sources:\n  - simulated: {site: mars}\n", 2, "site", "'mars' is not one of home, india"),
        Fault(
            "sources:\n  - simulated:\n      trace: t.csv\n      drill: calm\n", 4, "a trace replaces it; remove one"),
        Fault("rails:\n  floors: {chat: -1}\n", 2, "rails.floors.chat", "from 0 to 10000", "'-1'"),
    ]

    static let ranges = [
        Fault("sources:\n  - simulated: {nodes: 0}\n", 2, "nodes", "from 1 to 10000", "'0'"),
        Fault("sources:\n  - simulated: {nodes: 10001}\n", 2, "'10001'"),
        Fault("sources:\n  - simulated: {nodes: 99999999999999999999}\n", 2, "'99999999999999999999'"),
        Fault("sources:\n  - simulated: {seed: -1}\n", 2, "seed", "'-1'"),
        Fault("sources:\n  - simulated: {speed: 0}\n", 2, "speed", "from 1 to 3600"),
        Fault("sources:\n  - simulated: {speed: .nan}\n", 2, "speed", "'.nan'"),
        Fault("sources:\n  - simulated: {speed: .inf}\n", 2, "speed"),
        Fault("sources:\n  - simulated: {demand_scale: 0}\n", 2, "demand_scale"),
        Fault("sources:\n  - scrape: {file: a, interval: 0.1}\n", 2, "interval", "from 0.25 to 3600"),
        Fault("sources:\n  - scrape: {file: a, timeout: 61}\n", 2, "timeout", "from 0.1 to 60"),
        Fault("rails:\n  transit_share: 10 %\n", 2, "rails.transit_share", "from 0 to 1", "'10 %'"),
        Fault("rails:\n  cooldown: -5\n", 2, "rails.cooldown", "'-5'"),
        Fault("glyphs: fancy\n", 1, "'fancy'", "auto, braille, block, ascii"),
        Fault("colours: 7\n", 1, "'7'", "auto, 256, 16, 8, never"),
        Fault("theme: light\nplant: ../etc\n", 2, "'../etc'", "letters"),
        Fault("plant: .hidden\n", 1, "plant"),
        Fault("plant: \"\"\n", 1, "plant"),
    ]

    static let meaning = [
        Fault("sources:\n  - kubernetes: {}\n", 2, "unknown key 'sources[0].kubernetes'", "scrape, simulated"),
        Fault("sources:\n  - {}\n", 2, "sources[0]", "expected one of"),
        Fault("sources:\n  - simulated: {}\n    scrape: {file: a}\n", 2, "expected one of: simulated, scrape"),
        Fault("sources:\n  - scrape: {}\n", 2, "'targets'", "'file'"),
        Fault("sources:\n  - prometheus: {}\n", 2, "give 'url'"),
        Fault("sources:\n  - prometheus: {url: http://p, targets: []}\n", 2, "'sources[0].prometheus.targets'"),
        Fault("sources:\n  - prometheus: {url: http://p, interval: 0.1}\n", 2, "interval", "from 0.25 to 3600"),
        Fault("sources:\n  - prometheus:\n      url: http://p\n      tenant: 'a b'\n", 4, "tenant", "without blanks"),
        Fault("sources:\n  - simulated: {}\n  - prometheus: {url: http://p}\n", 1, "'simulated'", "real sources"),
        Fault("sources:\n  - scrape: {targets: []}\n", 2, "'targets'"),
        Fault("plant: a\nsources:\n  - simulated: {}\n  - scrape: {file: a}\n", 2, "'simulated'", "real sources"),
        Fault("sources:\n  - simulated: {}\n  - simulated: {}\n", 1, "'simulated' is given twice"),
        Fault("control:\n  - simulated: {}\n  - simulated: {}\n", 3, "at most one actuator per engine"),
        Fault("sources:\n  - scrape: {file: a}\ncontrol:\n  - simulated: {}\n", 1, "cannot act on real sources"),
        Fault("control:\n  - kubernetes: {}\n", 2, "'control[0].kubernetes'", "simulated"),
    ]

    static let notYAML = [
        Fault("plant: a\ntheme: [\n", 3, "not YAML"),
        Fault("plant: \"a\n", 2, "not YAML"),
        Fault("plant: a\n  theme: b\n", 2, "not YAML"),
        Fault("plant: a\ntheme: \u{1}b\n", 2, "not YAML", "control characters"),
        Fault("plant: *nobody\n", 1, "not YAML", "alias"),
        Fault("plant: a\n---\nplant: b\n", 2, "not YAML"),
        Fault("a: " + String(repeating: "[", count: 100_000), 1, "not YAML", "nesting"),
    ]

    @Test("unknown keys, types, ranges and meaning", arguments: [keys, types, ranges, meaning, notYAML].flatMap { $0 })
    func faults(_ fault: Fault) throws {
        let error = try #require(throws: ConfigurationError.self) {
            try Configuration(parsing: fault.text, file: "dir/c.yaml")
        }
        #expect(error.line == fault.line, "\(error)")
        for word in fault.words { #expect(error.description.contains(word), "\(error)") }
        #expect(error.description.hasPrefix("dir/c.yaml:"))
        // One sentence: never the file again, nor a second line.
        #expect(!error.description.contains("\n") && error.description.count < 400, "\(error)")
    }
}
