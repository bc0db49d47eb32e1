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
        #expect(await eventually("its last word") { child.words == "Permission denied (publickey)." })
        close(child.descriptor)
        child.end()
        #expect(throws: LinkError.self) { _ = try SSHChild(target, mayAsk: false, program: "/nowhere/ssh") }
    }

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
