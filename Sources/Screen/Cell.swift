// SPDX-License-Identifier: Apache-2.0

/// One character position: a scalar and what it means. Eight bytes; no `Character`, which is 25 times slower to fill.
package struct Cell: Sendable, Hashable {
    /// The scalar drawn here; 0 is the second half of a wide one.
    package var scalar: UInt32
    package var role: Role

    package init(_ scalar: Unicode.Scalar, _ role: Role) {
        self.scalar = scalar.value
        self.role = role
    }

    package static let blank = Cell(" ", .text)

    /// The right half of a wide scalar, which the terminal draws by itself.
    package static func secondHalf(_ role: Role) -> Cell {
        var cell = Cell(" ", role)
        cell.scalar = 0
        return cell
    }

    package var isSecondHalf: Bool { scalar == 0 }
}
