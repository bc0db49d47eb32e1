// SPDX-License-Identifier: Apache-2.0

import Screen

/// The parameters of a control sequence (ESC [ ...) as they come.
struct CSI: Hashable {
    /// `1;5` is [1, 5]; at most eight, each at most 9999.
    private(set) var parameters: [Int] = []
    /// A private mark or an intermediate byte: nothing that a key sends.
    private(set) var isForeign = false
    private(set) var isEmpty = true

    /// Whether the byte is the last of the sequence.
    mutating func take(_ byte: UInt8) -> Bool {
        isEmpty = false
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            if parameters.isEmpty { parameters.append(0) }
            let last = parameters.count - 1
            parameters[last] = min(9999, parameters[last] * 10 + Int(byte - UInt8(ascii: "0")))
        case UInt8(ascii: ";"):
            if parameters.isEmpty { parameters.append(0) }
            if parameters.count < 8 { parameters.append(0) } else { isForeign = true }
        case 0x40...0x7E: return true
        default: isForeign = true
        }
        return false
    }
}

/// What the sequences of xterm, rxvt, the Linux console, VT220 and their like mean.
enum KeySequence: Hashable {
    case key(Key)
    case focus(Bool)
    case pasteBegins
    /// ESC [ M: three raw bytes follow, which are no keys.
    case oldMouse
    /// The answer to `FrameFence.query`.
    case isWell
    case nothing

    static func meaning(of sequence: CSI, final: UInt8) -> KeySequence {
        let parameters = sequence.parameters
        if sequence.isForeign { return .nothing }
        if final == UInt8(ascii: "~") { return numbered(parameters) }
        if final == UInt8(ascii: "n") { return parameters == [0] ? .isWell : .nothing }
        if parameters.isEmpty {
            switch final {
            case UInt8(ascii: "M"): return .oldMouse
            case UInt8(ascii: "I"): return .focus(true)
            case UInt8(ascii: "O"): return .focus(false)
            case UInt8(ascii: "Z"): return .key(.backTab)
            case UInt8(ascii: "P")...UInt8(ascii: "S"): return .key(.function(Int(final) - 0x4F))
            default: break
            }
        }
        // With Shift, Alt or Ctrl (`1;5A`) a moving key still moves.
        guard parameters.isEmpty || parameters[0] <= 1, let key = moving(final) else { return .nothing }
        return .key(key)
    }

    /// After ESC O: the cursor keys of the application mode, F1 to F4, and Enter of the number pad.
    static func shift3(_ byte: UInt8) -> Key? {
        switch byte {
        case UInt8(ascii: "P")...UInt8(ascii: "S"): .function(Int(byte) - 0x4F)
        case UInt8(ascii: "M"): .enter
        // rxvt: with Ctrl.
        case UInt8(ascii: "a"): .up
        case UInt8(ascii: "b"): .down
        case UInt8(ascii: "c"): .right
        case UInt8(ascii: "d"): .left
        default: moving(byte)
        }
    }

    private static func moving(_ final: UInt8) -> Key? {
        switch final {
        case UInt8(ascii: "A"): .up
        case UInt8(ascii: "B"): .down
        case UInt8(ascii: "C"): .right
        case UInt8(ascii: "D"): .left
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "F"): .end
        default: nil
        }
    }

    private static func numbered(_ parameters: [Int]) -> KeySequence {
        let isPlain = parameters.count == 1
        switch parameters.first ?? 0 {
        case 1, 7: return .key(.home)
        case 4, 8: return .key(.end)
        case 5: return .key(.pageUp)
        case 6: return .key(.pageDown)
        case 3 where isPlain: return .key(.delete)
        case 200 where isPlain: return .pasteBegins
        case let code where isPlain: return function(code).map { .key(.function($0)) } ?? .nothing
        default: return .nothing
        }
    }

    /// F1 to F20 in the numbering of the VT220, which has gaps.
    private static func function(_ code: Int) -> Int? {
        switch code {
        case 11...15: code - 10
        case 17...21: code - 11
        case 23...26: code - 12
        case 28...29: code - 13
        case 31...34: code - 14
        default: nil
        }
    }
}
