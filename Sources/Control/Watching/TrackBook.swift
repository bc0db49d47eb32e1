// SPDX-License-Identifier: Apache-2.0

/// Which track of a log is whose. A name keeps its track while it comes and goes.
struct TrackBook<Name: Hashable & Sendable>: Sendable {
    private(set) var names: [Name]
    private var places: [Name: Int]

    init(_ names: [Name] = []) {
        self.names = names
        places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
    }

    func place(of name: Name) -> Int? { places[name] }

    /// The track of each name; new names get new ones, behind all others.
    mutating func places(of wanted: [Name]) -> [Int] {
        wanted.map { name in
            if let place = places[name] { return place }
            places[name] = names.count
            names.append(name)
            return names.count - 1
        }
    }
}
