// SPDX-License-Identifier: Apache-2.0

/// One line of `scontrol -o show`: `Key=value` pairs between blanks, where some values have blanks themselves.
///
/// What people wrote (a reason, a comment) may look like more pairs. It ends only where a key begins that can follow it and
/// has not been there yet: a reason with `State=IDLE` in it changes no state.
package struct SlurmRecord: Sendable {
    private var values: [String: String] = [:]

    /// Keys whose values are text.
    private static let texts: Set<String> = ["OS", "Reason", "Comment", "Extra"]
    /// Keys that stand behind a text, in all versions.
    private static let following: Set<String> = [
        "RealMemory", "Reason", "Comment", "Extra", "ReservationName", "InstanceId", "InstanceType", "ResumeAfterTime",
        "AllocMem", "Topology",
    ]

    /// - Parameter line: without its end.
    package init(line: some StringProtocol) {
        var key: String?
        var value = ""
        for word in Substring(line).split(separator: " ", omittingEmptySubsequences: false) {
            if let sign = word.firstIndex(of: "="), Self.isKey(word[..<sign]) {
                let next = String(word[..<sign])
                let isText = key.map { Self.texts.contains($0) } ?? false
                if !isText || (Self.following.contains(next) && values[next] == nil && next != key) {
                    keep(key, value)
                    (key, value) = (next, String(word[word.index(after: sign)...]))
                    continue
                }
            }
            if key != nil { value += " " + word }
        }
        keep(key, value)
    }

    /// The records of an answer, by the key that each begins with.
    package static func records(in text: String, beginningWith key: String) -> [SlurmRecord] {
        text.split(separator: "\n").filter { $0.hasPrefix(key + "=") }.map { SlurmRecord(line: $0) }
    }

    /// The value; nil for one that is not there or says that it is not: `(null)`, `N/A`, `n/a`.
    package subscript(key: String) -> String? {
        guard let value = values[key], !["", "(null)", "N/A", "n/a"].contains(value) else { return nil }
        return value
    }

    package func whole(_ key: String) -> Int? { self[key].flatMap { Int($0) } }

    /// The first word of a key counts, whatever a text repeats.
    private mutating func keep(_ key: String?, _ value: String) {
        guard let key, values[key] == nil else { return }
        var value = value[...]
        while value.last == " " { value.removeLast() }
        values[key] = String(value)
    }

    private static func isKey(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, (0x41...0x5a).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x3a, 0x41...0x5a, 0x61...0x7a, 0x5f, 0x2f, 0x2e: true
            default: false
            }
        }
    }
}
