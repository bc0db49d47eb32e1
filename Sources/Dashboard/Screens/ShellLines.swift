// SPDX-License-Identifier: Apache-2.0

import Screen

/// Command lines on a screen that is too narrow for them, so that what is copied is still what was meant.
package enum ShellLines {
    /// Breaks between words, with a backslash; never inside quotes. A comment that has no room beside its command stands
    /// above it. A word that is wider than the screen is cut all the same: no shell has a way to write it in two lines.
    package static func wrapped(_ commands: [String], width: Int) -> [String] {
        commands.flatMap { wrapped($0, width: width) }
    }

    private static func wrapped(_ command: String, width: Int) -> [String] {
        guard width > indent.count + 2, SafeText(command).width > width else { return [command] }
        let (words, comment) = parts(of: command)
        return comments(comment, width: width) + broken(words, width: width)
    }

    private static let indent = "  "

    private static func broken(_ words: [String], width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for (index, word) in words.enumerated() {
            let isLast = index + 1 == words.count
            // The backslash has a column of its own, and a blank before it.
            if !line.isEmpty, SafeText(line + " " + word).width > width - (isLast ? 0 : 2) {
                lines.append(line + " \\")
                line = indent
            }
            line += line.isEmpty || line == indent ? word : " " + word
            while SafeText(line).width > width - (isLast ? 0 : 2) {
                lines.append(String(line.prefix(width)))
                line = String(line.dropFirst(width))
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }

    private static func comments(_ comment: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in comment.split(separator: " ") {
            if !line.isEmpty, SafeText(line + " " + word).width > width {
                lines.append(line)
                line = "#"
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// The words as a shell takes them, quotes and all, and what it takes for a comment.
    private static func parts(of command: String) -> (words: [String], comment: String) {
        var words: [String] = []
        var word = ""
        var quote: Character?
        for place in command.indices {
            let letter = command[place]
            if quote == nil, letter == " " {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            if quote == nil, letter == "#", word.isEmpty { return (words, String(command[place...])) }
            if letter == quote { quote = nil } else if quote == nil, letter == "'" || letter == "\"" { quote = letter }
            word.append(letter)
        }
        return (word.isEmpty ? words : words + [word], "")
    }
}
