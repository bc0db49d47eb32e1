// SPDX-License-Identifier: Apache-2.0

import Backends
import TestSupport
import Testing

@testable import tokenworks

@Suite("Files that nobody would write")
struct FileFuzzTests {
    @Test("changed target files, drills and configurations end in values or in an error with a sentence")
    func files() async {
        let texts = [
            "[{\"targets\": [\"gpu1:9400\", \"[fd00::1]:9400\"], \"labels\": {\"__scheme__\": \"https\", \"job\": \"d\"}}]",
            "- targets: [a:1, b:2]\n  labels:\n    __metrics_path__: /x\n",
            "plant: p\nsources:\n  - scrape:\n      targets: ['http://a:1/metrics']\n      interval: 5\n      basic_auth: {user: u, password_file: p}\n",
            "sources:\n  - simulated: {nodes: 64, sites: [{name: norway, nodes: 3}], power_cap_watts: 1e6}\nrails: {floors: {chat: 2}}\n",
            "about: x\nevents:\n  - at: 33m\n    demand: { class: chat, factor: 2.2, over: 5m, for: 1h }\n  - {at: 2h, fail: {rack_of: chat}}\n",
        ]
        await Fuzz.run("FileFuzzTests.files") { random in
            let bytes = Fuzz.mutated(Array((texts.randomElement(using: &random) ?? "").utf8), &random)
            let text = String(decoding: bytes, as: UTF8.self)
            var said: [String] = []
            do throws(ConfigurationError) { _ = try TargetGroups.parse(text, file: "f") } catch {
                said.append("\(error)")
            }
            do throws(ConfigurationError) { _ = try Configuration(parsing: text, file: "f") } catch {
                said.append("\(error)")
            }
            do throws(ConfigurationError) { _ = try DrillFile(parsing: text, file: "f", name: "f") } catch {
                said.append("\(error)")
            }
            do throws(TargetError) { _ = try TargetList.parse(text, file: "f") } catch { said.append("\(error)") }
            #expect(said.allSatisfy { $0.hasPrefix("f") && $0.count > 4 }, "\(said)")
        }
    }
}
