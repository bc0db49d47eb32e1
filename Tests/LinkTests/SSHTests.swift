// SPDX-License-Identifier: Apache-2.0

import Control
import Factory
import Foundation
import Glibc
import Testing
import Wire

@testable import Link

@Suite struct SSHTests {
    @Test(
        "an address is what ssh is told, and nothing of it is an option or a word of a shell",
        arguments: [
            ("ssh://host", "-- host tokenworks dial-stdio"),
            ("ssh://eve@host:2222", "-p 2222 -- eve@host tokenworks dial-stdio"),
            ("ssh://eve@host/run/t.sock", "-- eve@host tokenworks dial-stdio --socket '/run/t.sock'"),
            ("ssh://[fe80::1]:22/", "-p 22 -- fe80::1 tokenworks dial-stdio"),
            ("ssh://host/run/it's;rm", "-- host tokenworks dial-stdio --socket '/run/it'\\''s;rm'"),
        ])
    func address(text: String, words: String) throws {
        guard case .ssh(let target) = try LinkAddress(text) else {
            Issue.record("no ssh")
            return
        }
        let arguments = target.arguments(mayAsk: true).joined(separator: " ")
        #expect(arguments.hasSuffix(words), "\(arguments)")
        #expect(arguments.hasPrefix("-T -C -o ServerAliveInterval=5 -o ServerAliveCountMax=3"))
        #expect(!arguments.contains("BatchMode"))
        #expect(target.arguments(mayAsk: false).contains("BatchMode=yes"))
    }

    @Test(
        "what ssh would take for an option, and what is no address, is refused",
        arguments: [
            "ssh://-oProxyCommand=x", "ssh://-x@host", "ssh://", "ssh://@host", "ssh://host:0", "ssh://host:70000",
            "ssh://host:x", "ssh://ho st", "ssh://[fe80::1]x", "ssh://host\u{1b}", "ssh://hôst", "ssh:host",
        ])
    func refused(text: String) {
        #expect(throws: LinkError.self) { _ = try LinkAddress(text) }
    }

    @Test(
        "a dashboard there is asked for in words that no shell takes apart",
        arguments: [
            ("ssh://host", "-- host tokenworks 'attach' '--theme' 'a b;rm'"),
            ("ssh://eve@host:2222", "-p 2222 -- eve@host tokenworks 'attach' '--theme' 'a b;rm'"),
            ("ssh://host/run/it's", "-- host tokenworks 'attach' '--theme' 'a b;rm' 'unix:/run/it'\\''s'"),
        ])
    func there(text: String, words: String) throws {
        guard case .ssh(let target) = try LinkAddress(text) else { return }
        let arguments = target.terminalArguments(["attach", "--theme", "a b;rm"]).joined(separator: " ")
        #expect(arguments.hasSuffix(words), "\(arguments)")
        #expect(arguments.hasPrefix("-t -C -o ServerAliveInterval=5"))
    }

    /// Stands for ssh: the bridge itself, in this process' own words.
    private func script(_ body: String) throws -> String {
        let path = NSTemporaryDirectory() + "ssh-\(UUID().uuidString.prefix(8))"
        try Data("#!/bin/sh\n\(body)\n".utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o700)
        return path
    }

    @Test("what ssh complains of is kept, and no child stays behind")
    func complaint() async throws {
        let path = try script("echo noise >&2; echo 'Permission denied (publickey).' >&2; exit 255")
        defer { unlink(path) }
        guard case .ssh(let target) = try LinkAddress("ssh://host") else { return }
        let child = try SSHChild(target, mayAsk: false, program: path)
        let end = SSHEnding(way: .exit(255), words: "Permission denied (publickey).")
        #expect(await eventually("its last word") { child.ending == end })
        let words = await child.explain(ClientConnection.silentEnd, silently: true)
        #expect(words.hasPrefix("ssh has failed: Permission denied (publickey).; a lost link cannot ask"), "\(words)")
        #expect(await child.explain("refused", silently: false) == "refused; ssh says: \(end.words)")
        close(child.descriptor)
        child.end()
        #expect(throws: LinkError.self) { _ = try SSHChild(target, mayAsk: false, program: "/nowhere/ssh") }
    }

    @Test(
        "who failed is said, in their words, with what to do",
        arguments: [
            (
                255, "Host key verification failed.", "ssh has failed: Host key",
                "run 'ssh -p 22 eve@host' in a terminal"
            ),
            (
                255, "eve@host: Permission denied (publickey).", "ssh has failed: eve@host: Perm",
                "your key is known there"
            ),
            (255, "ssh: Could not resolve hostname host: x", "ssh has failed: ssh: Could", "whether the name is right"),
            (255, "ssh: connect to host host port 22: Connection refused", "ssh has failed: ssh", "sshd runs there"),
            (255, "ssh: connect to host host port 22: Connection timed out", "ssh has failed", "network or VPN"),
            (255, "", "ssh has failed;", "try 'ssh -p 22 eve@host' in a terminal"),
            (127, "sh: 1: tokenworks: not found", "ssh reached host, but there is no 'tokenworks'", "TOKENWORKS_FAR"),
            (126, "sh: 1: tokenworks: Permission denied", "ssh reached host, but you may not run", "755"),
            (69, "tokenworks: no daemon has a socket at /x: start one", "on host: no daemon has", "start one"),
            (1, "", "the command there ended with status 1 and said nothing", "tokenworks dial-stdio' in a terminal"),
        ])
    func sentences(status: Int32, words: String, beginning: String, advice: String) throws {
        guard case .ssh(let target) = try LinkAddress("ssh://eve@host:22") else { return }
        let sentence = try #require(SSHEnding(way: .exit(status), words: words).sentence(target, mayAsk: true))
        #expect(sentence.hasPrefix(beginning) && sentence.contains(advice), "\(sentence)")
        #expect(!sentence.contains("closed the connection"))
        #expect(SSHEnding(way: .exit(0), words: words).sentence(target, mayAsk: true) == nil)
        #expect(SSHEnding(way: nil, words: words).sentence(target, mayAsk: true) == nil)
        #expect(
            SSHEnding(way: .signal(9), words: "").sentence(target, mayAsk: true)?.contains("signal 9 (Killed)") == true)
    }

    @Test("nothing that ssh passes on steers a terminal, or fills it")
    func tame() {
        let bytes = Array("first\r\n\u{1b}]0;x\u{7}\u{9b}31mred\u{202e}\r\n \r\n".utf8) + [0xFF]
        #expect(SSHEnding.words(bytes) == "\u{FFFD}")
        #expect(SSHEnding.words(Array(bytes.dropLast())) == "]0;x31mred")
        #expect(SSHEnding.words(Array(repeating: UInt8(ascii: "x"), count: 4000)).count == 300)
    }

    @Test(
        "a path of tokenworks there is one word to the shell there",
        arguments: [
            ("~/bin/tokenworks", "~/bin/tokenworks"), ("/opt/t.1/tokenworks", "/opt/t.1/tokenworks"),
            ("/a b;rm", "'/a b;rm'"), ("", "''"),
        ])
    func farPath(path: String, word: String) { #expect(SSHTarget.word(path) == word) }

    @Test("what a client says last reaches the daemon, even where its input ends with it")
    func lastWord() throws {
        let folder = NSTemporaryDirectory() + "bridge-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let socket = try ListeningSocket(folder + "/t.sock")
        defer { close(socket.descriptor) }
        var (input, output): ([Int32], [Int32]) = ([0, 0], [0, 0])
        let made = pipe(&input) == 0 && pipe(&output) == 0
        try #require(made)
        #expect(write(input[1], "farewell", 8) == 8)
        close(input[1])
        try StdioBridge.run(socket.path, input: input[0], output: output[1])
        let peer = accept(socket.descriptor, nil, nil)
        var room = [UInt8](repeating: 0, count: 16)
        let count = read(peer, &room, room.count)
        #expect(String(decoding: room.prefix(max(0, count)), as: UTF8.self) == "farewell")
        for file in [peer, input[0]] + output { close(file) }
    }

    /// What waits has a thread of its own: the pool's are for those it waits for.
    private func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { done in
            Thread { done.resume(with: Result { try body() }) }.start()
        }
    }

    @Test("the bridge carries both ways, and ends at the end of its input, of its reader, and of the daemon")
    func bridge() async throws {
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 2)
        for ending in ["input", "reader", "daemon"] {
            let serving = try rig.serve()
            var (input, output): ([Int32], [Int32]) = ([0, 0], [0, 0])
            // Not within a macro, which would hand over copies.
            let made = pipe(&input) == 0 && pipe(&output) == 0
            try #require(made)
            let ends = (input[0], output[1])
            let path = rig.path
            async let bridge: Void = onThread { try StdioBridge.run(path, input: ends.0, output: ends.1) }
            let hello = ClientTalk(at: 0).hello(build: "", wants: "", session: "", program: "")
            #expect(write(input[1], hello, hello.count) == hello.count)
            let answers = output[0]
            let first = try await onThread { () -> String in
                var magic = [UInt8](repeating: 0, count: 11)
                let count = read(answers, &magic, 11)
                return String(decoding: magic.prefix(max(0, count)), as: UTF8.self)
            }
            #expect(first == "tokenworks\n")
            if ending == "input" { close(input[1]) }
            if ending == "reader" { close(output[0]) }
            if ending == "daemon" { serving.cancel() }
            // It must return by itself.
            try await bridge
            if ending != "input" { close(input[1]) }
            if ending != "reader" { close(output[0]) }
            close(ends.0)
            close(ends.1)
            serving.cancel()
            try await serving.value
        }
        var (input, output): ([Int32], [Int32]) = ([0, 0], [0, 0])
        let made = pipe(&input) == 0 && pipe(&output) == 0
        try #require(made)
        defer { (input + output).forEach { close($0) } }
        #expect(write(input[1], "x", 1) == 1)
        #expect { try StdioBridge.run(rig.folder + "/none.sock", input: input[0], output: output[1]) } throws: {
            "\($0)".contains("start one with 'tokenworks serve'")
        }
    }
}
