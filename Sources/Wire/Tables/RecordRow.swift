// SPDX-License-Identifier: Apache-2.0

import Factory

/// A list of records in a snapshot.
struct RecordRow: Sendable {
    let kind: EntityKind
    let key: String
    /// Whether it depends on what the client looks at.
    var isViewed = false
    /// The elements as bytes.
    let read: @Sendable (FactorySnapshot, SettledView, inout RecordShelf) -> [[UInt8]]
    /// Makes the list anew, of elements that were there before and of fresh ones, and gives it back for the next time.
    let write: @Sendable (inout FactorySnapshot, SettledView, RecordPieces) throws -> any Sendable

    var name: String { "\(kind.rawValue).\(key)" }

    /// A list whose elements mostly stay: each is made into bytes once.
    static func cached<Element: Codable & Hashable & Sendable>(
        _ kind: EntityKind, _ key: String, read: @escaping @Sendable (FactorySnapshot) -> [Element],
        write: @escaping @Sendable (inout FactorySnapshot, [Element]) -> Void
    ) -> RecordRow {
        RecordRow(
            kind: kind, key: key,
            read: { snapshot, _, shelf in shelf.bytes(of: read(snapshot)) },
            write: { snapshot, _, pieces in
                let elements = try pieces.elements(Element.self)
                write(&snapshot, elements)
                return elements
            })
    }

    /// A list that only some views have.
    static func viewed<Element: Codable & Sendable>(
        _ kind: EntityKind, _ key: String, read: @escaping @Sendable (FactorySnapshot, SettledView) -> [Element],
        write: @escaping @Sendable (inout FactorySnapshot, [Element]) -> Void
    ) -> RecordRow {
        RecordRow(
            kind: kind, key: key, isViewed: true,
            read: { snapshot, view, _ in read(snapshot, view).map { Record.encode($0) } },
            write: { snapshot, _, pieces in
                let elements = try pieces.elements(Element.self)
                write(&snapshot, elements)
                return elements
            })
    }
}

/// What a list of records is made of.
struct RecordPieces {
    /// The list before.
    let old: (any Sendable)?
    let runs: [RecordRun]
    let fresh: [[UInt8]]

    func elements<Element: Decodable & Sendable>(_ type: Element.Type) throws -> [Element] {
        let before = old as? [Element] ?? []
        var elements: [Element] = []
        var next = 0
        for run in runs {
            switch run {
            case .kept(let range):
                guard range.upperBound <= before.count else { throw RecordError(text: "records that never came") }
                elements += before[range]
            case .fresh(let count):
                guard next + count <= fresh.count else { throw RecordError(text: "records that are missing") }
                for bytes in fresh[next..<next + count] {
                    elements.append(try Record.decode(Element.self, from: bytes))
                }
                next += count
            }
        }
        return elements
    }
}
