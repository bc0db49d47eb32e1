// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A page of the checkout's documentation.
struct Document {
    let lines: [String]

    init(_ path: String) throws {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let root = tests.deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The texts of its fenced blocks of a language.
    func blocks(_ language: String) -> [String] {
        var blocks: [String] = []
        var isInside = false
        for line in lines {
            if line == "```" + language {
                isInside = true
                blocks.append("")
            } else if line == "```" {
                isInside = false
            } else if isInside {
                blocks[blocks.count - 1] += line + "\n"
            }
        }
        return blocks
    }

    /// The cells of its tables' rows, without the rows of heads and rules.
    var rows: [[String]] {
        lines.filter { $0.hasPrefix("|") && !$0.hasPrefix("|-") }.map {
            $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    /// What stands between backquotes.
    static func quoted(_ cell: String) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
            .map { String($0.element) }
    }

    /// The keys of a table's first column, `.name` after `parent.name` read as a sibling, lists as plain keys.
    var nestedKeys: [String] {
        var keys: [String] = []
        for row in rows {
            var parent = ""
            for word in Self.quoted(row[0]) {
                if word.hasPrefix(".") {
                    keys.append(parent + word)
                } else {
                    parent = word.split(separator: ".").first.map(String.init) ?? ""
                    keys.append(word.replacingOccurrences(of: "[]", with: ""))
                }
            }
        }
        return keys
    }
}
