// SPDX-License-Identifier: Apache-2.0

/// What has to be sent of a column, and how it is put into the cells that are there.
enum ColumnChange {
    /// A column of more cells than this is none of ours.
    static let longest = 4_000_000

    /// All cells: stepwise ones as the difference to the cell before, for most stand beside one that is near.
    static func whole(_ cells: Cells, key: UInt32, isStepwise: Bool, dictionary: [String]) -> WireColumn {
        var column = WireColumn()
        column.key = key
        column.whole = true
        column.cells = UInt32(clamping: cells.count)
        switch cells {
        case .codes(let codes):
            column.words = dictionary
            guard isStepwise else {
                column.codes = codes
                return column
            }
            var before: Int64 = 0
            column.codes = codes.map { code in
                defer { before = code }
                return code &- before
            }
        case .words(let words): column.words = words
        }
        return column
    }

    /// The cells that changed; nil when none did. What stays within its band is put back into `new`.
    static func between(
        _ old: Cells, _ new: inout Cells, key: UInt32, isStepwise: Bool, band: Int64
    ) -> WireColumn? {
        var column = WireColumn()
        column.key = key
        column.cells = UInt32(clamping: new.count)
        switch (old, new) {
        case (.codes(let before), .codes(var after)):
            var last = -1
            for index in after.indices where after[index] != before[index] {
                // 0 is the unknown: that a value comes or goes is never too small a change.
                if band > 0, after[index] != 0, before[index] != 0, abs(after[index] - before[index]) <= band {
                    after[index] = before[index]
                    continue
                }
                column.gaps.append(UInt32(index - last - 1))
                column.codes.append(isStepwise ? after[index] &- before[index] : after[index])
                last = index
            }
            new = .codes(after)
        case (.words(let before), .words(let after)):
            var last = -1
            for index in after.indices where after[index] != before[index] {
                column.gaps.append(UInt32(index - last - 1))
                column.words.append(after[index])
                last = index
            }
        default: return nil
        }
        return column.gaps.isEmpty ? nil : column
    }

    /// - Throws: `RecordError` for what does not fit the cells that are there.
    static func apply(_ column: WireColumn, to cells: inout Cells, isStepwise: Bool, hasWords: Bool) throws(RecordError)
    {
        let count = Int(column.cells)
        guard count <= longest else { throw RecordError(text: "a column of \(count) cells") }
        guard !column.whole else {
            cells = try whole(column, count: count, isStepwise: isStepwise, hasWords: hasWords)
            return
        }
        guard cells.count == count else { throw RecordError(text: "a change of \(cells.count) cells as \(count)") }
        var index = -1
        switch cells {
        case .codes(var codes):
            guard column.gaps.count == column.codes.count else { throw RecordError(text: "cells without a place") }
            cells = .codes([])
            for (gap, code) in zip(column.gaps, column.codes) {
                index += Int(gap) + 1
                guard index < codes.count else { throw RecordError(text: "a cell beyond its column") }
                codes[index] = isStepwise ? codes[index] &+ code : code
            }
            cells = .codes(codes)
        case .words(var words):
            guard column.gaps.count == column.words.count else { throw RecordError(text: "words without a place") }
            cells = .words([])
            for (gap, word) in zip(column.gaps, column.words) {
                index += Int(gap) + 1
                guard index < words.count else { throw RecordError(text: "a word beyond its column") }
                words[index] = word
            }
            cells = .words(words)
        }
    }

    private static func whole(
        _ column: WireColumn, count: Int, isStepwise: Bool, hasWords: Bool
    ) throws(RecordError) -> Cells {
        if hasWords {
            guard column.words.count == count else { throw RecordError(text: "a column that lacks words") }
            return .words(column.words)
        }
        guard column.codes.count == count else { throw RecordError(text: "a column that lacks cells") }
        guard isStepwise else { return .codes(column.codes) }
        var before: Int64 = 0
        return .codes(
            column.codes.map { code in
                before = before &+ code
                return before
            })
    }
}
