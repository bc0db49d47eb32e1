// SPDX-License-Identifier: Apache-2.0

/// What a cell means. A theme gives each role a colour; nothing else may.
package enum Role: UInt8, Sendable, Hashable, CaseIterable {
    /// Plain text and numbers.
    case text
    /// Text of lesser weight: units, labels, normal states, grid lines of graphs.
    case dim
    /// Panel borders.
    case border
    /// Panel titles and column heads.
    case title
    /// The two status rows.
    case status
    /// Keys in the footer and in help.
    case key
    /// The selected row.
    case selection
    /// Text typed into a field.
    case field
    /// Worth a look soon. Always beside a letter or glyph.
    case warning
    /// Wrong now. Always beside a letter or glyph.
    case alarm
    /// A move in progress.
    case moving
    /// The answer is good: met, verified. Used sparingly.
    case good
    /// A value that is older than two polls.
    case stale
    /// A graph of the present and normal.
    case graph
    /// A graph where its limit is passed.
    case graphOver
    /// Heatmap: training, serving and spare nodes, told apart by shade; the digit says the power.
    case training, serving, spare
    /// `SIM`: this plant is not real. `LIVE`: it is.
    case simulated, live
}
