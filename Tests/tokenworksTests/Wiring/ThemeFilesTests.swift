// SPDX-License-Identifier: Apache-2.0

import Foundation
import Screen
import Testing

@testable import tokenworks

@Suite("Themes are found, read as YAML, and never climb")
struct ThemeFilesTests {
    private static let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let shipped = checkout.appendingPathComponent("themes").path

    private func text(_ name: String) throws -> String {
        try String(contentsOfFile: Self.shipped + "/\(name).yaml", encoding: .utf8)
    }

    private func complaint(_ name: String, in folders: [String]) throws -> Complaint {
        let complaint = try #require(throws: Complaint.self) { try ThemeFiles.load(name, in: folders) }
        #expect(complaint.status == .badInput)
        return complaint
    }

    @Test("every theme of the checkout loads", arguments: ThemeFiles.names(in: [shipped]))
    func loads(_ name: String) throws {
        #expect(try ThemeFiles.load(name, in: [Self.shipped]).name == name)
    }

    @Test("the five of them, default first")
    func names() {
        let names = ["default", "colour-blind", "high-contrast", "light", "mono"]
        #expect(ThemeFiles.names(in: [Self.shipped]) == names)
        #expect(ThemeFiles.names(in: ["/nonexistent"]) == ["default"])
    }

    @Test("default is compiled in and equal to its file")
    func compiled() throws {
        #expect(try ThemeFiles.load("default", in: ["/nonexistent"]) == Theme.default)
        #expect(try ThemeFiles.load("default", in: [Self.shipped]) == Theme.default)
    }

    @Test("the operator's folder wins over the shipped one, for default too")
    func order() throws {
        let own = try ScratchFolder()
        try own.write(try text("mono"), to: "light.yaml")
        try own.write(try text("light"), to: "default.yaml")
        try own.write(try text("light"), to: "mine.yaml")
        let folders = [own.path, Self.shipped]
        let light = try ThemeFiles.load("light", in: [Self.shipped])
        #expect(try ThemeFiles.load("light", in: folders) != light)
        #expect(try ThemeFiles.load("default", in: folders) != Theme.default)
        #expect(try ThemeFiles.load("mine", in: folders)[.alarm] == light[.alarm])
        #expect(ThemeFiles.names(in: folders) == ["default", "colour-blind", "high-contrast", "light", "mine", "mono"])
    }

    @Test("searched are the operator's folder, beside the binary, its share folder and the binary's checkout")
    func folders() throws {
        let scratch = try ScratchFolder()
        let real = URL(fileURLWithPath: scratch.path).resolvingSymlinksInPath().path
        let binary = try scratch.write("", to: "work/.build/x86_64/debug/tokenworks")
        try scratch.write("", to: "work/Package.swift")
        let build = real + "/work/.build/x86_64"
        #expect(
            ThemeFiles.folders(binary: binary, environment: ["XDG_CONFIG_HOME": "/x"]) == [
                "/x/tokenworks/themes", build + "/debug/themes", build + "/share/tokenworks/themes",
                real + "/work/themes",
            ])
        let installed = try scratch.write("", to: "usr/bin/tokenworks")
        #expect(
            ThemeFiles.folders(binary: installed, environment: ["HOME": "/h"]) == [
                "/h/.config/tokenworks/themes", real + "/usr/bin/themes", real + "/usr/share/tokenworks/themes",
            ])
    }

    @Test(
        "a name that is no file's name is no theme",
        arguments: [
            "../secret", "sub/inner", "/etc/passwd", "", ".", "..", ".hidden", "nobody", "a\u{0}b", "light.yaml",
        ])
    func climbing(_ name: String) throws {
        let scratch = try ScratchFolder()
        for file in ["secret", "themes/sub/inner", "themes/.hidden", "themes/"] {
            try scratch.write(try text("light"), to: file + ".yaml")
        }
        let folder = scratch.path + "/themes"
        let complaint = try complaint(name, in: [folder])
        #expect(complaint.text.contains("there is no theme '\(name)'; there are: default (looked in \(folder))"))
        #expect(ThemeFiles.names(in: [folder]) == ["default"])
    }

    @Test("what is wrong with a theme is said with file and line")
    func faults() throws {
        let scratch = try ScratchFolder()
        let light = try text("light")
        let lines = light.split(separator: "\n", omittingEmptySubsequences: false)
        let alarm = try #require(lines.firstIndex { $0.hasPrefix("alarm:") })
        func with(_ line: String) -> String {
            var changed = lines.map(String.init)
            changed[alarm] = line
            return changed.joined(separator: "\n")
        }
        let faults: [(text: String, line: Int?, words: [String])] = [
            (with("alarm: crimson"), alarm + 1, ["alarm: `crimson`", "a colour is 0 to 255"]),
            (with("alarm: 256"), alarm + 1, ["`256`"]),
            (with("alarm: red on"), alarm + 1, ["no colour after `on`"]),
            (with("alarm: [red]"), alarm + 1, ["alarm", "expected a word"]),
            (with("alarm: {a: red}"), alarm + 1, ["alarm", "expected a word"]),
            (with("alarm: red\nalarm: blue"), alarm + 1, ["'alarm'", "more than once"]),
            (with("alarum: red"), alarm + 1, ["`alarum` is no role"]),
            (with(""), nil, ["no value for alarm"]),
            (with("alarm: *red"), alarm + 1, ["not YAML"]),
            ("", nil, ["no value for text"]),
        ]
        for (index, fault) in faults.enumerated() {
            let file = try scratch.write(fault.text, to: "bad\(index).yaml")
            let text = try complaint("bad\(index)", in: [scratch.path]).text
            #expect(text.hasPrefix(fault.line.map { "\(file):\($0): " } ?? "\(file): "), "\(text)")
            for word in fault.words { #expect(text.contains(word), "\(text)") }
            #expect(!text.contains("\n"))
        }
    }

    @Test("a theme that is a folder or a link to nothing is not loaded, and says so")
    func noFile() throws {
        let scratch = try ScratchFolder()
        try scratch.write("", to: "folder.yaml/inside")
        #expect(try complaint("folder", in: [scratch.path]).text.contains("is a folder"))
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/gone.yaml", withDestinationPath: "/nonexistent")
        #expect(try complaint("gone", in: [scratch.path]).text.contains("gone"))
    }
}
