// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SlurmText

@Suite struct HostlistTests {
    @Test(
        "an expression names what Slurm names by it",
        arguments: [
            ("node[001-003,007]", ["node001", "node002", "node003", "node007"]),
            ("gpu1,gpu[3-4]-ib,login", ["gpu1", "gpu3-ib", "gpu4-ib", "login"]),
            ("rack[0-1]node[08-09]", ["rack0node08", "rack0node09", "rack1node08", "rack1node09"]),
            ("n[9-11]", ["n9", "n10", "n11"]), ("n[098-101]", ["n098", "n099", "n100", "n101"]),
            ("a,a,a[1]", ["a", "a1"]), ("(null)", []), ("", []), ("[1-2]", ["1", "2"]),
        ])
    func names(text: String, names: [String]) throws {
        #expect(try Hostlist(parsing: text).names == names)
    }

    @Test(
        "what is no list is refused, and says why",
        arguments: [
            ("n[1-2", "without a ']'"), ("n1-2]", "without a '['"), ("n[1-[2]]", "inside brackets"),
            ("n[3-1]", "backwards"), ("n[a-b]", "for a range"), ("n[1-2-3]", "for a range"), ("n[]", "for a range"),
            ("n[1-99999999]", "too many"), ("n[1-999]m[1-999]", "too many"), ("n\u{1b}[31m", "control character"),
            ("a b", "blank"),
        ])
    func refused(text: String, reason: String) {
        #expect(throws: HostlistError.self) { try Hostlist(parsing: text) }
        do { _ = try Hostlist(parsing: text) } catch { #expect(error.description.contains(reason)) }
    }

    @Test(
        "names become an expression again",
        arguments: [
            (["node001", "node003", "node002"], "node[001-003]"), (["node7"], "node7"),
            (["login", "a1-ib", "a2-ib"], "login,a[1-2]-ib"),
            (["n9", "n10", "n12"], "n[9-10,12]"), (["n01", "n1", "n2"], "n[1-2,01]"), ([], ""),
        ])
    func compressed(names: [String], text: String) {
        #expect(Hostlist(names).description == text)
    }

    @Test("whatever names there are, their expression names exactly them")
    func roundTrip() async {
        await Fuzz.run("hostlists", seconds: 2) { random in
            let names = (0..<Int.random(in: 1...60, using: &random)).map { _ in
                let width = Int.random(in: 1...4, using: &random)
                let prefix = ["n", "rack1-n", "x", ""].randomElement(using: &random) ?? ""
                let number = Hostlist.padded(Int.random(in: 0...120, using: &random), width: width)
                return prefix + number + (["", "-ib"].randomElement(using: &random) ?? "")
            }
            let list = Hostlist(names)
            do {
                #expect(Set(try Hostlist(parsing: list.description).names) == Set(names), "\(list)")
            } catch {
                Issue.record("\(list): \(error)")
            }
        }
    }
}
