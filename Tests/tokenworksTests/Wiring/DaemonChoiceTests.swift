// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Testing

@testable import tokenworks

@Suite("Which plant plain commands speak of")
struct DaemonChoiceTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func choice(
        _ flags: [String] = [], config: String? = nil, isOwn: Bool = false, system: String = "/nowhere/config.yaml"
    ) throws -> DaemonChoice? {
        if let config { try scratch.write(config, to: "tokenworks/config.yaml") }
        return try DaemonChoice(
            try PlantOptions.parse(flags), isOwn: isOwn,
            environment: ["XDG_CONFIG_HOME": scratch.path, "XDG_STATE_HOME": scratch.path], system: system)
    }

    private var usual: String { "\(scratch.path)/tokenworks/run/tokenworks.sock" }

    @Test("where there never was a daemon the plant is one's own")
    func never() throws {
        #expect(try choice() == nil)
        #expect(try choice(config: "plant: a\n") == nil)
    }

    @Test("a lock that a daemon left is enough, and a flag that names a plant leaves it alone")
    func lock() throws {
        try scratch.write("4711\n", to: "tokenworks/run/tokenworks.sock.lock")
        let found = try #require(try choice())
        #expect("\(found.address)" == "unix:\(usual)")
        #expect(found.start == "tokenworks serve --socket \(usual)")
        for flags in [
            ["--backend", "simulated"], ["--seed", "1"], ["--scrape", "http://a/"], ["--drill", "calm"],
            ["--interval", "1"], ["--site", "x"],
        ] { #expect(try choice(flags) == nil, "\(flags)") }
        #expect(try choice(isOwn: true) == nil)
        #expect(try choice(["--state", scratch.path + "/other"]) == nil)
        #expect(try choice(config: "daemon: false\n") == nil)
    }

    @Test("who may not use the main socket comes through the one for those who look, wherever it is named")
    func viewers() throws {
        let view = "\(scratch.path)/tokenworks/run/tokenworks.view.sock"
        try scratch.write("4711\n", to: "tokenworks/run/tokenworks.sock.lock")
        try scratch.write("", to: "tokenworks/run/tokenworks.view.sock")
        #expect(try choice().map { "\($0.address)" } == "unix:\(view)")
        #expect(try choice(config: "daemon: {socket: \(usual)}\n").map { "\($0.address)" } == "unix:\(view)")
        try scratch.write("", to: "tokenworks/run/tokenworks.sock")
        #expect(try choice().map { "\($0.address)" } == "unix:\(usual)")
    }

    @Test("what the configuration says is there should be there")
    func configured() throws {
        let usualPlace = try #require(try choice(["--state", scratch.path + "/it's"], config: "daemon: true\n"))
        #expect("\(usualPlace.address)" == "unix:\(scratch.path)/it's/run/tokenworks.sock")
        #expect(usualPlace.start == "tokenworks serve --state '\(scratch.path)/it'\\''s'")
        let named = try #require(try choice(config: "daemon: {socket: x.sock}\n"))
        #expect("\(named.address)" == "unix:\(scratch.path)/tokenworks/x.sock")
        let file = scratch.path + "/tokenworks/config.yaml"
        #expect(try choice(["--config", file])?.start == "tokenworks serve --config \(file)")
        try scratch.write("plant: b\n", to: "own.yaml")
        try scratch.write("4711\n", to: "tokenworks/run/tokenworks.sock.lock")
        #expect(try choice(["--config", scratch.path + "/own.yaml"]) == nil)
    }

    @Test("the packaged unit's configuration means a daemon, served or not")
    func system() throws {
        try scratch.write("plant: a\n", to: "etc.yaml")
        let found = try #require(try choice(system: scratch.path + "/etc.yaml"))
        #expect(found.start == "systemctl start tokenworks")
        #expect("\(found.address)" == "unix:/run/tokenworks/tokenworks.sock")
    }
}
