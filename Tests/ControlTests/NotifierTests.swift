// SPDX-License-Identifier: Apache-2.0

import Factory
import Glibc
import Testing

@testable import Control

@Suite("The notification hook")
struct NotifierTests {
    private let scratch = Scratch()

    /// A program of its own; every run of it that is waited for ends with a complaint.
    private func script(_ body: String, mode: mode_t = 0o755) -> String {
        let path = scratch.path + "/hook"
        scratch.write(Array("#!/bin/sh\n\(body)\n".utf8), to: path)
        chmod(path, mode)
        return path
    }

    private func notice(_ kind: Notice.Kind = .moveFailed, who: String = "eve", text: String = "it failed") -> Notice {
        Notice(kind, plant: "lab", decision: DecisionID(7), who: who, text: text, at: PlantTime(epoch: 1_764_338_587))
    }

    /// Sends the notices, and waits until so many have failed.
    private func complaints(
        _ command: [String], _ notices: [Notice], timeout: Double = 30, count: Int = 1
    ) async -> [String] {
        let (stream, sender) = AsyncStream.makeStream(of: String.self)
        let notifier = Notifier(.init(command: command, timeout: timeout)) { sender.yield($0) }
        notices.forEach(notifier.send)
        var heard: [String] = []
        for await problem in stream {
            heard.append(problem)
            if heard.count == count { break }
        }
        return heard
    }

    @Test("it gets one object on its input, three variables, its own words, and nothing of our environment")
    func told() async {
        setenv("TOKENWORKS_TEST_SECRET", "s3cret", 1)
        let out = scratch.path + "/out"
        let path = script(
            "{ echo \"$#:$1:$2\"; env; ls /proc/self/fd | tr '\\n' ' '; echo; cat; } >\(out); echo 'no pager here' >&2; exit 3"
        )
        let heard = await complaints([path, "--team", "a b;$(reboot)"], [notice()])
        #expect(heard == ["notice move-failed of d-7: \(path) ended with status 3, and said: no pager here"])
        let lines = String(decoding: scratch.bytes(out), as: UTF8.self).split(separator: "\n").map(String.init)
        #expect(lines.first == "2:--team:a b;$(reboot)")
        #expect(
            lines.last
                == "{\"at\":\"2025-11-28T14:03:07Z\",\"decision\":\"d-7\",\"kind\":\"move-failed\",\"plant\":\"lab\",\"text\":\"it failed\",\"who\":\"eve\"}"
        )
        #expect(lines.contains("TOKENWORKS_KIND=move-failed"))
        #expect(lines.contains("TOKENWORKS_DECISION=d-7") && lines.contains("TOKENWORKS_PLANT=lab"))
        // Its own three, and the folder that lists them.
        #expect(lines.contains("0 1 2 3 "))
        #expect(!lines.contains { $0.contains("s3cret") })
    }

    @Test("what people call themselves and what engines say is text, whatever it looks like")
    func hostile() async {
        let out = scratch.path + "/out"
        let path = script("cat >\(out); exit 1")
        let text = "\"}\n\u{1B}]0;x\u{7}$(touch /tmp/x)\u{202E}\0" + String(repeating: "y", count: 100_000)
        _ = await complaints([path], [notice(who: "`id`\r\n", text: text)])
        let bytes = scratch.bytes(out)
        #expect(bytes.count < 3000)
        #expect(bytes.last == UInt8(ascii: "\n") && bytes.dropLast().allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        let line = String(decoding: bytes, as: UTF8.self)
        #expect(line.contains(#""text":"\"}\u000a\u001b]0;x\u0007$(touch /tmp/x)\u202e\u0000yyy"#))
        #expect(line.contains(#""who":"`id`\u000d\u000a"}"#))
    }

    @Test("one that does not end is killed with everything it started, and the next one is told all the same")
    func late() async {
        let pids = scratch.path + "/pids"
        let path = script("trap '' TERM; sleep 600 & echo $! $$ >>\(pids); wait; sleep 600")
        let heard = await complaints([path], [notice(), notice(.secondOperatorWanted)], timeout: 0.3, count: 2)
        #expect(heard.count == 2 && heard.allSatisfy { $0.contains("was not over after 0.3 s, and was killed") })
        #expect(heard.last?.hasPrefix("notice second-operator-wanted of d-7") == true)
        let words = String(decoding: scratch.bytes(pids), as: UTF8.self).split { $0 == " " || $0 == "\n" }
        #expect(words.count == 4)
        for pid in words.compactMap({ pid_t($0) }) {
            // Whoever is killed but not yet taken by its parent is still there, and runs nothing.
            #expect(kill(pid, 0) != 0 || state(of: pid) == "Z", "\(pid) lives")
        }
    }

    private func state(of pid: pid_t) -> String {
        let text = String(decoding: scratch.bytes("/proc/\(pid)/stat"), as: UTF8.self)
        return text.split(separator: ")").last?.split(separator: " ").first.map(String.init) ?? "Z"
    }

    @Test("one at a time, in order; what does not fit into the queue is said")
    func queue() async {
        let out = scratch.path + "/out"
        let gate = scratch.path + "/gate"
        mkfifo(gate, 0o600)
        let path = script("read line <\(gate); echo begin >>\(out); cat >/dev/null; echo end >>\(out); exit 9")
        let (stream, sender) = AsyncStream.makeStream(of: String.self)
        let notifier = Notifier(.init(command: [path], timeout: 60)) { sender.yield($0) }
        for _ in 0..<(Notifier.room + 10) { notifier.send(notice()) }
        var heard = stream.makeAsyncIterator()
        var dropped = 0
        // The first may have left the queue already.
        while dropped < 9, let word = await heard.next() {
            #expect(word.contains("64 notices wait already; this one is dropped"))
            dropped += 1
        }
        // All that come after it read the same gate: held open, they go one by one.
        let end = open(gate, O_RDWR)
        for _ in 0..<3 { write(end, "\n", 1) }
        var failed = 0
        while failed < 3, let word = await heard.next() { failed += word.contains("status 9") ? 1 : 0 }
        notifier.end()
        notifier.send(notice())
        let lines = String(decoding: scratch.bytes(out), as: UTF8.self).split(separator: "\n")
        #expect(Array(lines.prefix(6)) == ["begin", "end", "begin", "end", "begin", "end"])
        // The fourth waits at the gate: it is let through so that no process stays.
        write(end, "\n", 1)
        _ = await heard.next()
        close(end)
    }

    @Test("a program that is missing, no program, everybody's, or ends by a signal is a sentence")
    func unusable() async {
        #expect(
            await complaints(["/nowhere/hook"], [notice()])[0].contains("/nowhere/hook cannot be run: No such file"))
        #expect(await complaints(["hook"], [notice()])[0].contains("'hook' is no absolute path"))
        let path = script("exit 0", mode: 0o644)
        #expect(await complaints([path], [notice()])[0].contains("is no program that may be run"))
        chmod(path, 0o757)
        #expect(await complaints([path], [notice()])[0].contains("can be written by everybody: 'chmod o-w \(path)'"))
        #expect(Notifier.problem(with: [path]) != nil)
        chmod(path, 0o755)
        #expect(Notifier.problem(with: [path]) == nil)
        let killed = script("kill -9 $$")
        #expect(await complaints([killed], [notice()])[0].contains("was ended by signal 9"))
        scratch.write(Array("#!/nowhere/interpreter\n".utf8), to: path)
        #expect(await complaints([path], [notice()])[0].contains("cannot be run"))
    }
}
