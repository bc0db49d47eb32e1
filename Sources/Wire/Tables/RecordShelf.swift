// SPDX-License-Identifier: Apache-2.0

/// Records that were made into bytes before, of one row.
struct RecordShelf: Sendable {
    private var kept: [AnyHashableSendable: [UInt8]] = [:]

    mutating func bytes<Element: Encodable & Hashable & Sendable>(of elements: [Element]) -> [[UInt8]] {
        var used: [AnyHashableSendable: [UInt8]] = [:]
        used.reserveCapacity(elements.count)
        let all = elements.map { element in
            let key = AnyHashableSendable(element)
            if let known = kept[key] ?? used[key] {
                used[key] = known
                return known
            }
            let made = Record.encode(element)
            used[key] = made
            return made
        }
        kept = used
        return all
    }
}

/// A value that may be a key and cross a task.
struct AnyHashableSendable: Hashable, Sendable {
    private let value: any Hashable & Sendable

    init(_ value: some Hashable & Sendable) { self.value = value }

    static func == (left: Self, right: Self) -> Bool { AnyHashable(left.value) == AnyHashable(right.value) }
    func hash(into hasher: inout Hasher) { value.hash(into: &hasher) }
}
