// SPDX-License-Identifier: Apache-2.0

import TestSupport

extension SeededGenerator {
    /// Scalars that have hurt terminals, among ordinary ones.
    mutating func hostileText(length: Int) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<length { text.append(scalar()) }
        return String(text)
    }

    private static let nasty: [ClosedRange<UInt32>] = [
        0x00...0x1F, 0x7F...0x9F, 0x300...0x36F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xE000...0xE0FF,
        0xE0000...0xE007F, 0xFE00...0xFE0F, 0xFFF9...0xFFFD, 0x1F300...0x1F64F, 0x4E00...0x4EFF, 0x1100...0x11FF,
        0x590...0x6FF,
        0x900...0x97F, 0xFEFF...0xFEFF, 0xAD...0xAD, 0x61C...0x61C, 0x1F1E6...0x1F1FF,
    ]

    private mutating func scalar() -> Unicode.Scalar {
        let range: ClosedRange<UInt32> =
            switch Int.random(in: 0..<4, using: &self) {
            case 0: 0x20...0x7E
            case 1: 0...0x10FFFF
            default: Self.nasty.randomElement(using: &self) ?? 0...0
            }
        return Unicode.Scalar(UInt32.random(in: range, using: &self)) ?? "x"
    }
}
