// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Screen

/// The files in `themes/`, read as flat `role: words` lines; the executable reads them as the YAML they are.
struct ThemeFileTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "themes")
    static let names = ["colour-blind", "default", "high-contrast", "light", "mono"]

    private static let shapes: Set<Role> = [.border, .graph, .graphOver, .training, .serving, .spare]

    private func theme(_ name: String) throws -> Theme {
        let text = try String(contentsOf: Self.folder.appending(path: name + ".yaml"), encoding: .utf8)
        var entries: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = try #require(parts.count == 2 ? parts[1] : nil)
            #expect(entries.updateValue(value.trimmingCharacters(in: .whitespaces), forKey: String(parts[0])) == nil)
        }
        return try Theme(name: name, entries: entries)
    }

    @Test("the folder holds these themes and no others")
    func folder() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(files.sorted() == Self.names.map { $0 + ".yaml" })
    }

    @Test("every theme has all roles and readable contrast", arguments: names)
    func readable(_ name: String) throws {
        let theme = try theme(name)
        let (text, shape) = name == "high-contrast" ? (7.0, 7.0) : (4.5, 3.0)
        for role in Role.allCases {
            let needed = Self.shapes.contains(role) ? shape : text
            #expect(theme.contrast(of: role) >= needed, "\(role): \(theme.contrast(of: role))")
        }
    }

    @Test("what is compiled in is what the files say")
    func compiled() throws {
        #expect(try theme("default") == Theme.default)
        #expect(try theme("mono") == Theme.mono)
    }

    @Test("mono names no colour, and no theme shows one on a terminal without", arguments: names)
    func colourless(_ name: String) throws {
        for theme in [Theme.mono, try theme(name).limited(to: .mono)] {
            #expect(Role.allCases.allSatisfy { theme[$0].foreground == nil && theme[$0].background == nil })
        }
    }

    @Test(
        "at every depth what is abnormal differs from what is not, and nothing fades into its ground", arguments: names)
    func distinct(_ name: String) throws {
        for depth in ColourDepth.allCases {
            let theme = try theme(name).limited(to: depth)
            let abnormal: [Role] = [.alarm, .warning, .stale, .selection, .graphOver]
            let normal: [Role] = [.text, .dim, .graph, .training, .spare, .good]
            for role in abnormal {
                #expect(normal.allSatisfy { theme[$0] != theme[role] }, "\(role) at \(depth)")
            }
            #expect(Set([Role.alarm, .warning, .stale, .text].map { theme[$0] }).count == 4, "\(depth)")
            #expect(theme[.simulated] != theme[.live], "\(depth)")
            #expect(theme[.training] != theme[.serving] && theme[.serving] != theme[.spare], "\(depth)")
            for role in Role.allCases {
                #expect(theme.contrast(of: role) >= 1.5, "\(role) at \(depth): \(theme[role])")
                let limit = depth == .full ? 255 : UInt8(max(0, depth.rawValue - 1))
                #expect([theme[role].foreground, theme[role].background].allSatisfy { ($0?.index ?? 0) <= limit })
            }
        }
    }

    @Test("colour-blind and mono never tell two meanings apart by hue alone", arguments: ["colour-blind", "mono"])
    func withoutHue(_ name: String) throws {
        let theme = try theme(name)
        let meanings: [Role] = [.alarm, .warning, .moving, .good, .stale]
        for (position, left) in meanings.enumerated() {
            for right in meanings[(position + 1)...] {
                let (one, other) = (theme[left], theme[right])
                let attributes = { (style: Style) in
                    [style.bold, style.dim, style.reverse, style.underline, style.background != nil]
                }
                #expect(attributes(one) != attributes(other), "\(left) and \(right)")
            }
        }
    }
}
