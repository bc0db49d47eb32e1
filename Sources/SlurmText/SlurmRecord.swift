// SPDX-License-Identifier: Apache-2.0

/// One line of `scontrol -o show`: `Key=value` pairs between blanks, where some values have blanks themselves.
///
/// What people wrote (a reason, a comment) may look like more pairs. It ends only where a key begins that can follow it and
/// has not been there yet: a reason with `State=IDLE` in it changes no state.
package struct SlurmRecord: Sendable {
    private let bytes: [UInt8]
    /// Where keys and values stand in the line.
    private var pairs: [(key: Range<Int>, value: Range<Int>)] = []

    /// Keys whose values are text.
    private static let texts = ["OS", "Reason", "Comment", "Extra"].map { Array($0.utf8) }
    /// Keys that stand behind a text, in all versions.
    private static let following: Set<[UInt8]> = Set(
        [
            "RealMemory", "Reason", "Comment", "Extra", "ReservationName", "InstanceId", "InstanceType",
            "ResumeAfterTime", "AllocMem", "Topology",
            // Of a job, whose reason is one word: what is behind it says whether it may be put back and when it began.
            "Dependency",
        ].map { Array($0.utf8) })

    private static let blank = UInt8(ascii: " ")

    /// - Parameter line: without its end.
    package init(line: some StringProtocol) { self.init(bytes: Array(line.utf8)) }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
        var current: (key: Range<Int>, from: Int, isText: Bool)?
        var place = 0
        while place < bytes.count {
            let end = bytes[place...].firstIndex(of: Self.blank) ?? bytes.count
            if let sign = sign(in: place..<end) {
                let key = place..<sign
                if current.map({ !$0.isText || mayFollow(key, $0.key) }) ?? true {
                    if let current { keep(current.key, current.from..<place) }
                    current = (key, sign + 1, Self.texts.contains { bytes[key].elementsEqual($0) })
                }
            }
            place = end + 1
        }
        if let current { keep(current.key, min(current.from, bytes.count)..<bytes.count) }
    }

    /// The records of an answer, by the key that each begins with.
    package static func records(in text: String, beginningWith key: String) -> [SlurmRecord] {
        let head = Array((key + "=").utf8)
        return Array(text.utf8).split(separator: 0x0a).filter { $0.starts(with: head) }.map {
            SlurmRecord(bytes: Array($0))
        }
    }

    /// The value; nil for one that is not there or says that it is not: `(null)`, `N/A`, `n/a`.
    package subscript(key: String) -> String? {
        guard let pair = pairs.first(where: { bytes[$0.key].elementsEqual(key.utf8) }), !pair.value.isEmpty else {
            return nil
        }
        let value = String(decoding: bytes[pair.value], as: UTF8.self)
        return ["(null)", "N/A", "n/a"].contains(value) ? nil : value
    }

    package func whole(_ key: String) -> Int? { self[key].flatMap { Int($0) } }

    /// The first word of a key counts, whatever a text repeats.
    private mutating func keep(_ key: Range<Int>, _ value: Range<Int>) {
        guard !has(key) else { return }
        var end = value.upperBound
        while end > value.lowerBound, bytes[end - 1] == Self.blank { end -= 1 }
        pairs.append((key, value.lowerBound..<end))
    }

    private func has(_ key: Range<Int>) -> Bool {
        pairs.contains { $0.key.count == key.count && bytes[$0.key].elementsEqual(bytes[key]) }
    }

    private func mayFollow(_ key: Range<Int>, _ text: Range<Int>) -> Bool {
        Self.following.contains(Array(bytes[key])) && !has(key) && !bytes[key].elementsEqual(bytes[text])
    }

    /// Where a word's `=` is, when what stands before it is a key.
    private func sign(in word: Range<Int>) -> Int? {
        guard let first = word.first, (0x41...0x5a).contains(bytes[first]) else { return nil }
        for place in word {
            switch bytes[place] {
            case UInt8(ascii: "="): return place
            case 0x30...0x3a, 0x41...0x5a, 0x61...0x7a, 0x5f, 0x2f, 0x2e: continue
            default: return nil
            }
        }
        return nil
    }
}
