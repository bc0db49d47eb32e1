// SPDX-License-Identifier: Apache-2.0

import Yams

/// What is wrong with a configuration, and where.
struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    var file: String
    /// Counted from 1; nil when the file as a whole is meant.
    var line: Int?
    var text: String

    var description: String {
        if let line { "\(file):\(line): \(text)" } else { "\(file): \(text)" }
    }
}

/// One mapping of a YAML file, read key by key. What is never asked for is unknown: `finish` says so with its line.
struct YAMLSection {
    let file: String
    /// Where the mapping stands: `sources[0].scrape`; empty at the top.
    let path: String
    let line: Int
    private let entries: [(key: String, line: Int, node: Node)]
    private var asked: [String] = []

    /// Reads a whole file's text.
    init(parsing text: String, file: String) throws(ConfigurationError) {
        guard let root = try Self.root(of: text, file: file) else {
            self.init(file: file, path: "", line: 1, entries: [])
            return
        }
        try self.init(root, file: file, path: "")
    }

    /// Reads a whole file's text that is a list of mappings, at the top.
    static func list(parsing text: String, file: String) throws(ConfigurationError) -> [YAMLSection] {
        let root = try root(of: text, file: file)
        guard case .sequence(let items)? = root else {
            throw ConfigurationError(file: file, line: root?.mark?.line, text: "expected a list")
        }
        var sections: [YAMLSection] = []
        for (index, item) in items.enumerated() {
            sections.append(try YAMLSection(item, file: file, path: "[\(index)]"))
        }
        return sections
    }

    private static func root(of text: String, file: String) throws(ConfigurationError) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ConfigurationError(file: file, line: line(of: error), text: "not YAML: \(words(of: error))")
        } catch {
            throw ConfigurationError(file: file, line: nil, text: "not YAML: \(error)")
        }
    }

    private init(file: String, path: String, line: Int, entries: [(key: String, line: Int, node: Node)]) {
        self.file = file
        self.path = path
        self.line = line
        self.entries = entries
    }

    private init(_ node: Node, file: String, path: String) throws(ConfigurationError) {
        let line = node.mark?.line ?? 1
        if node.null != nil {
            self.init(file: file, path: path, line: line, entries: [])
            return
        }
        guard case .mapping(let mapping) = node else {
            throw ConfigurationError(
                file: file, line: line,
                text: path.isEmpty ? "expected keys and values" : "\(path): expected keys and values")
        }
        var entries: [(key: String, line: Int, node: Node)] = []
        for (key, value) in mapping {
            guard let name = key.string else {
                throw ConfigurationError(file: file, line: key.mark?.line, text: "a key must be a word")
            }
            if let first = entries.first(where: { $0.key == name }) {
                throw ConfigurationError(
                    file: file, line: key.mark?.line, text: "'\(name)' is given twice, first in line \(first.line)")
            }
            entries.append((name, key.mark?.line ?? line, value))
        }
        self.init(file: file, path: path, line: line, entries: entries)
    }

    var keys: [String] { entries.map(\.key) }

    /// Whether a key has keys of its own, and not a word.
    func isMapping(_ key: String) -> Bool {
        if case .mapping = entries.first(where: { $0.key == key })?.node { true } else { false }
    }

    mutating func string(_ key: String) throws(ConfigurationError) -> String? {
        guard let (line, node) = take(key) else { return nil }
        guard let text = node.string, node.null == nil else {
            throw error(key, line, "expected a word")
        }
        return text
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) throws(ConfigurationError) -> Double? {
        guard let (line, node) = take(key) else { return nil }
        guard let number = node.float ?? node.int.map(Double.init), range.contains(number) else {
            throw error(
                key, line,
                "expected a number from \(plain(range.lowerBound)) to \(plain(range.upperBound)), not '\(node.string ?? "…")'"
            )
        }
        return number
    }

    /// Seconds: a number of them, or `90s`, `33m`, `2h`, `7d`.
    mutating func duration(_ key: String) throws(ConfigurationError) -> Double? {
        guard let (line, node) = take(key) else { return nil }
        let text = node.string ?? "…"
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let factor = text.last.flatMap { units[$0] }
        let digits = factor == nil ? text[...] : text.dropLast()
        guard let number = Double(digits), number >= 0, number * (factor ?? 1) <= 366 * 86_400 else {
            throw error(key, line, "expected a time up to 366d as 90s, 33m, 2h or 7d, not '\(text)'")
        }
        return number * (factor ?? 1)
    }

    mutating func whole(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let (line, node) = take(key) else { return nil }
        guard let number = node.int, range.contains(number) else {
            throw error(
                key, line,
                "expected a whole number from \(range.lowerBound) to \(range.upperBound), not '\(node.string ?? "…")'")
        }
        return number
    }

    mutating func flag(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let (line, node) = take(key) else { return nil }
        guard let flag = node.bool else { throw error(key, line, "expected true or false") }
        return flag
    }

    /// One word of a closed list.
    mutating func word(_ key: String, of allowed: [String]) throws(ConfigurationError) -> String? {
        let line = entries.first { $0.key == key }?.line
        guard let text = try string(key) else { return nil }
        guard allowed.contains(text) else {
            throw error(key, line, "'\(text)' is not one of \(allowed.joined(separator: ", "))")
        }
        return text
    }

    mutating func strings(_ key: String) throws(ConfigurationError) -> [String]? {
        guard let (line, node) = take(key) else { return nil }
        guard case .sequence(let sequence) = node else { throw error(key, line, "expected a list") }
        var words: [String] = []
        for item in sequence {
            guard let word = item.string else { throw error(key, item.mark?.line ?? line, "expected a word") }
            words.append(word)
        }
        return words
    }

    mutating func section(_ key: String) throws(ConfigurationError) -> YAMLSection? {
        guard let (_, node) = take(key) else { return nil }
        return try YAMLSection(node, file: file, path: joined(key))
    }

    mutating func sections(_ key: String) throws(ConfigurationError) -> [YAMLSection]? {
        guard let (line, node) = take(key) else { return nil }
        guard case .sequence(let sequence) = node else { throw error(key, line, "expected a list") }
        var sections: [YAMLSection] = []
        for (index, item) in sequence.enumerated() {
            sections.append(try YAMLSection(item, file: file, path: "\(joined(key))[\(index)]"))
        }
        return sections
    }

    /// Every key and its word.
    mutating func words() throws(ConfigurationError) -> [String: String] {
        var words: [String: String] = [:]
        for key in keys { words[key] = try string(key) }
        return words
    }

    /// The line of a key, for errors that are found later.
    func line(of key: String) -> Int { entries.first { $0.key == key }?.line ?? line }

    /// The lines of a list's items; empty for what is no list.
    func itemLines(of key: String) -> [Int] {
        guard let entry = entries.first(where: { $0.key == key }), case .sequence(let items) = entry.node else {
            return []
        }
        return items.map { $0.mark?.line ?? entry.line }
    }

    /// - Throws: the first key that nothing asked for.
    func finish() throws(ConfigurationError) {
        for entry in entries where !asked.contains(entry.key) {
            let allowed = asked.sorted().joined(separator: ", ")
            throw ConfigurationError(
                file: file, line: entry.line, text: "unknown key '\(joined(entry.key))'; allowed here: \(allowed)")
        }
    }

    private mutating func take(_ key: String) -> (line: Int, node: Node)? {
        asked.append(key)
        return entries.first { $0.key == key }.map { ($0.line, $0.node) }
    }

    private func joined(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private func error(_ key: String, _ line: Int?, _ text: String) -> ConfigurationError {
        ConfigurationError(file: file, line: line, text: "\(joined(key)): \(text)")
    }

    private func plain(_ number: Double) -> String {
        number.rounded() == number && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }

    private static func line(of error: YamlError) -> Int? {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        case .reader(_, let offset?, _, let yaml): 1 + yaml.utf8.prefix(offset).count { $0 == UInt8(ascii: "\n") }
        default: nil
        }
    }

    private static func words(of error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _),
            .reader(let problem, _, _, _):
            problem
        // Its own words repeat the whole file.
        case .duplicatedKeysInMapping(let keys, _): "'\(keys.first ?? "")' is given more than once, first here"
        default: "\(error)"
        }
    }
}
