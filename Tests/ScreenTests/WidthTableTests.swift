// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Screen

struct WidthTableTests {
    @Test("the table is in order, without overlaps")
    func ordered() {
        for (left, right) in zip(widthRanges, widthRanges.dropFirst()) {
            #expect(left.first <= left.last && left.last < right.first)
        }
    }

    @Test("every scalar of Unicode that harms by the standard library's tables is hostile or a mark in ours")
    func complete() {
        let missed = (0...UInt32(0x10FFFF)).compactMap { Unicode.Scalar($0) }.filter {
            let kind = WidthTable.kind(of: $0)
            return !isHarmless($0) && kind != .hostile && kind != .mark
        }
        #expect(missed.isEmpty, "\(missed.prefix(20).map { String($0.value, radix: 16) })")
    }

    @Test("the chrome is one column wide")
    func chrome() {
        let box = (UInt32(0)..<16).map { LineArms(rawValue: UInt8($0)).scalar(.block) }
        let blocks = (UInt32(0x2581)...0x2588).compactMap { Unicode.Scalar($0) }
        let braille = (UInt32(0x2801)...0x28FF).compactMap { Unicode.Scalar($0) }
        for scalar in box + blocks + braille { #expect(WidthTable.kind(of: scalar) == .single) }
    }
}
