// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The classes that so many rows show: all in the order of the plant, or, where they do not fit, the hurt ones first.
struct ClassRows {
    let shown: [PoolState]
    /// Classes without a row.
    let hidden: Int

    init(_ classes: [PoolState], rows: Int) {
        let rows = max(0, rows)
        hidden = max(0, classes.count - rows)
        shown = hidden == 0 ? classes : Array((classes.filter(\.isHurt) + classes.filter { !$0.isHurt }).prefix(rows))
    }

    /// What a caption owes the reader: how old stale values are, how many classes are not shown.
    func caption(detail: String = "", ages: [Seconds?]) -> PanelCaption {
        var words = hidden > 0 ? ["\(hidden) more"] : []
        let oldest = ages.compactMap(\.self).max()
        if let oldest { words.append("stale \(Words.age(oldest))") }
        return PanelCaption(
            detail: detail, trailing: words.joined(separator: ", "), trailingRole: oldest == nil ? .dim : .stale)
    }
}
