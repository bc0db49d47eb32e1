// SPDX-License-Identifier: Apache-2.0

/// The line that comes first on the gate: whose key opened the session, by the word of `tokenworks ssh-shell`.
///
/// Only the daemon's own account can connect there; on any other socket such a line is noise, and refused as that.
package struct Voucher: Sendable, Hashable {
    package var name: String
    package var mayAct: Bool
    /// The address that the ssh session comes from; `-`: unknown.
    package var origin: String

    /// - Throws: `WireError`, in a sentence, for a name that is none.
    package init(name: String, mayAct: Bool, origin: String) throws(WireError) {
        guard Self.isName(name) else {
            throw WireError(
                "'\(name.prefix(40))' is no name: 1 to 32 letters, digits, '.', '_' and '-', and a letter or digit first"
            )
        }
        self.name = name
        self.mayAct = mayAct
        self.origin = Self.isAddress(origin) ? origin : "-"
    }

    /// Bytes of a line at most.
    private static let limit = 256
    private static let word = "tokenworks-gate"

    /// `tokenworks-gate operator eve 10.0.0.7` and the end of the line.
    package var line: [UInt8] {
        Array("\(Self.word) \(mayAct ? "operator" : "viewer") \(name) \(origin)\n".utf8)
    }

    /// Takes the line off the front of what has come; nil until it is whole.
    ///
    /// - Throws: `WireError` where something else came.
    static func take(from bytes: inout [UInt8]) throws(WireError) -> Voucher? {
        guard let end = bytes.firstIndex(of: 0x0A) else {
            if bytes.count > limit { throw WireError("this is not the gate's first line") }
            return nil
        }
        let words = String(decoding: bytes[..<min(end, limit)], as: UTF8.self).split(
            separator: " ", omittingEmptySubsequences: false)
        guard words.count == 4, words[0] == word, words[1] == "operator" || words[1] == "viewer" else {
            throw WireError("this is not the gate's first line")
        }
        bytes.removeFirst(end + 1)
        return try Voucher(name: String(words[2]), mayAct: words[1] == "operator", origin: String(words[3]))
    }

    private static func isName(_ name: String) -> Bool {
        guard (1...32).contains(name.utf8.count), let first = name.utf8.first else { return false }
        return isAlphanumeric(first)
            && name.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }
    }

    private static func isAddress(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2E || $0 == 0x3A || $0 == 0x25 }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

/// The gate's side of one connection, until somebody has been vouched for.
package struct GateTalk: Sendable {
    package enum Outcome: Sendable {
        case waits
        /// What came behind the line belongs to the conversation.
        case vouched(Voucher, rest: [UInt8])
        /// In a sentence.
        case refused(String)
    }

    private var bytes: [UInt8] = []

    package init() {}

    package mutating func input(_ more: [UInt8]) -> Outcome {
        bytes += more
        do throws(WireError) {
            guard let voucher = try Voucher.take(from: &bytes) else { return .waits }
            return .vouched(voucher, rest: bytes)
        } catch {
            return .refused(error.text)
        }
    }
}
