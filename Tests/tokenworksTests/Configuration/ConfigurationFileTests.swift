// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import tokenworks

@Suite("Where a configuration is, and whether it is one")
struct ConfigurationFileTests {
    @Test(
        "the XDG folders; a relative one is ignored, as the specification wants",
        arguments: [
            (["XDG_CONFIG_HOME": "/x", "HOME": "/h"], "/x/tokenworks"),
            (["XDG_CONFIG_HOME": "x", "HOME": "/h"], "/h/.config/tokenworks"),
            (["XDG_CONFIG_HOME": "", "HOME": "/h"], "/h/.config/tokenworks"),
            (["HOME": "/h"], "/h/.config/tokenworks"),
        ])
    func configFolder(_ environment: [String: String], _ folder: String) {
        #expect(ConfigurationFile.folder(environment) == folder)
    }

    @Test("the state folder follows its own variable")
    func stateFolder() {
        #expect(ConfigurationFile.stateFolder(["XDG_STATE_HOME": "/s"]) == "/s/tokenworks")
        #expect(ConfigurationFile.stateFolder(["HOME": "/h"]) == "/h/.local/state/tokenworks")
    }

    @Test("without HOME, or with an empty one, the account's own folder", arguments: [[:], ["HOME": ""]])
    func homeless(_ environment: [String: String]) {
        #expect(ConfigurationFile.folder(environment) == NSHomeDirectory() + "/.config/tokenworks")
    }

    @Test("the default file need not be there, a named one must")
    func absent() throws {
        let scratch = try ScratchFolder()
        let environment = ["XDG_CONFIG_HOME": scratch.path]
        #expect(try ConfigurationFile.load(nil, environment: environment) == Configuration())
        let file = scratch.path + "/none.yaml"
        let complaint = try #require(throws: Complaint.self) { try ConfigurationFile.load(file) }
        #expect(complaint.status == .badConfiguration)
        #expect(complaint.text.hasPrefix("\(file): there is no such file"))
    }

    @Test("the default file is read where it is")
    func present() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write("plant: lab\n", to: "tokenworks/config.yaml")
        let settled = try ConfigurationFile.load(nil, environment: ["XDG_CONFIG_HOME": scratch.path])
        #expect(settled.plant == "lab" && settled.file == file)
    }

    @Test("a link that leads nowhere is an error, not a simulation")
    func dangling() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write("", to: "tokenworks/config.yaml")
        try FileManager.default.removeItem(atPath: file)
        try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "/nonexistent/prod.yaml")
        let complaint = try #require(throws: Complaint.self) {
            try ConfigurationFile.load(nil, environment: ["XDG_CONFIG_HOME": scratch.path])
        }
        #expect(complaint.status == .badConfiguration && complaint.text.contains("\(file): cannot be read"))
    }

    @Test("a folder, a device, too much, and bytes that are no text are each named")
    func unreadable() throws {
        let scratch = try ScratchFolder()
        let files = [
            (scratch.path, "is a folder"),
            ("/dev/zero", "cannot be read"),
            (
                try scratch.write(
                    Data(repeating: UInt8(ascii: "#"), count: ConfigurationFile.sizeLimit + 1), to: "big.yaml"),
                "is larger than 1048576 bytes"
            ),
            (try scratch.write(Data([0x70, 0x3A, 0x20, 0xFF, 0xFE]), to: "binary.yaml"), "is not UTF-8 text"),
        ]
        for (file, words) in files {
            let complaint = try #require(throws: Complaint.self) { try ConfigurationFile.load(file) }
            #expect(complaint.status == .badConfiguration)
            #expect(complaint.text.hasPrefix("\(file): \(words)"), "\(complaint.text)")
        }
    }

    @Test("a fault carries file and line to the complaint")
    func fault() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write("plant: lab\nspeed: 3\n", to: "c.yaml")
        let complaint = try #require(throws: Complaint.self) { try ConfigurationFile.load(file) }
        #expect(complaint.text.hasPrefix("\(file):2: unknown key 'speed'"))
    }
}
