// SPDX-License-Identifier: Apache-2.0

/// How long to wait before the next try: longer each time, and never for two clients alike, so that a daemon that comes
/// back is not run over.
struct BackOff: Sendable {
    /// Unit: s.
    static let first = 0.5
    static let longest = 15.0

    private var span = first

    /// - Parameter chance: 0..<1.
    mutating func next(chance: Double) -> Double {
        defer { span = min(Self.longest, span * 2) }
        return span * (0.5 + chance / 2)
    }

    mutating func reset() { span = Self.first }
}
