// SPDX-License-Identifier: Apache-2.0

/// Names of nodes as Slurm writes them in one expression: `node[001-003,007],gpu[1-2]-ib`.
///
/// The names are unique and in the order of the expression; every bracket multiplies, the last one counts fastest.
package struct Hostlist: Sendable, Hashable {
    package private(set) var names: [String] = []

    /// More names than any cluster has: an expression that is longer is refused, before it takes memory.
    package static let limit = 100_000

    package init() {}

    /// - Parameter names: as they are; one that is there already is left out.
    package init(_ names: some Sequence<String>) {
        var seen: Set<String> = []
        self.names = names.filter { seen.insert($0).inserted }
    }

    /// - Parameter text: an expression; empty and `(null)` are no nodes.
    /// - Throws: `HostlistError` for an expression with unpaired brackets, a range that is none, or more names than `limit`.
    package init(parsing text: some StringProtocol, limit: Int = Hostlist.limit) throws(HostlistError) {
        let text = String(text)
        guard !text.isEmpty, text != "(null)" else { return }
        var seen: Set<String> = []
        for term in try Self.terms(of: text) {
            for name in try Self.expanded(term, limit: limit - names.count, text) where seen.insert(name).inserted {
                names.append(name)
            }
        }
    }

    /// The commas outside brackets separate.
    private static func terms(of text: String) throws(HostlistError) -> [[UInt8]] {
        var terms: [[UInt8]] = []
        var term: [UInt8] = []
        var isInside = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "["):
                guard !isInside else { throw HostlistError(text, "has a bracket inside brackets") }
                isInside = true
            case UInt8(ascii: "]"):
                guard isInside else { throw HostlistError(text, "has a ']' without a '['") }
                isInside = false
            case UInt8(ascii: ",") where !isInside:
                if !term.isEmpty { terms.append(term) }
                term = []
                continue
            // Nothing that a shell or a terminal takes as more than a letter is in a node's name.
            case 0...0x20, 0x7f: throw HostlistError(text, "has a blank or a control character")
            default: break
            }
            term.append(byte)
        }
        guard !isInside else { throw HostlistError(text, "has a '[' without a ']'") }
        if !term.isEmpty { terms.append(term) }
        return terms
    }

    private static func expanded(_ term: [UInt8], limit: Int, _ text: String) throws(HostlistError) -> [String] {
        var heads = [""]
        var rest = term[...]
        while let open = rest.firstIndex(of: UInt8(ascii: "[")) {
            guard let close = rest.firstIndex(of: UInt8(ascii: "]")) else { break }
            let prefix = String(decoding: rest[..<open], as: UTF8.self)
            let room = heads.isEmpty ? 0 : limit / heads.count
            let numbers = try numbers(rest[(open + 1)..<close], limit: room, text)
            var longer: [String] = []
            longer.reserveCapacity(heads.count * numbers.count)
            for head in heads {
                for number in numbers { longer.append(head + prefix + number) }
            }
            heads = longer
            rest = rest[(close + 1)...]
        }
        guard heads.count <= limit else { throw HostlistError(text, "names too many nodes") }
        guard !rest.isEmpty else { return heads }
        let suffix = String(decoding: rest, as: UTF8.self)
        return heads.map { $0 + suffix }
    }

    /// `001-003,007`: numbers with the zeros of the first of their range.
    private static func numbers(
        _ inside: ArraySlice<UInt8>, limit: Int, _ text: String
    ) throws(HostlistError)
        -> [String]
    {
        var numbers: [String] = []
        for range in inside.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let ends = range.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            guard ends.count <= 2, let first = ends.first, let low = digits(first),
                let high = digits(ends[ends.count - 1])
            else { throw HostlistError(text, "has '\(String(decoding: range, as: UTF8.self))' for a range") }
            guard low <= high else {
                throw HostlistError(text, "counts backwards in '\(String(decoding: range, as: UTF8.self))'")
            }
            guard high - low < limit - numbers.count else { throw HostlistError(text, "names too many nodes") }
            for number in low...high { numbers.append(padded(number, width: first.count)) }
        }
        return numbers
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard (1...18).contains(bytes.count), bytes.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    static func padded(_ number: Int, width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// Why an expression names no nodes.
package struct HostlistError: Error, Sendable, Hashable, CustomStringConvertible {
    package var description: String

    init(_ text: String, _ what: String) {
        let shown = text.count > 60 ? text.prefix(60) + "..." : text[...]
        description = "the list of nodes '\(shown)' \(what)"
    }
}
