// SPDX-License-Identifier: Apache-2.0

/// A frame as text: its lines without trailing blanks, each ended by a newline.
///
/// With `roles` a second block follows after a line `--`: one letter per cell (`Role.letter`), for golden frames.
package func dump(_ frame: Frame, roles: Bool = false) -> String {
    var text = lines(of: frame).map { $0 + "\n" }.joined()
    guard roles else { return text }
    text += "--\n"
    for y in 0..<frame.height {
        var line = String.UnicodeScalarView()
        for x in 0..<frame.width { line.append(frame[x, y].role.letter) }
        text += String(line) + "\n"
    }
    return text
}

/// The lines of a frame without trailing blanks.
package func lines(of frame: Frame) -> [String] {
    (0..<frame.height).map { y in
        var line = String.UnicodeScalarView()
        var blanks = 0
        for x in 0..<frame.width where !frame[x, y].isSecondHalf {
            guard let scalar = Unicode.Scalar(frame[x, y].scalar), scalar != " " else {
                blanks += 1
                continue
            }
            line.append(contentsOf: repeatElement(" ", count: blanks))
            blanks = 0
            line.append(scalar)
        }
        return String(line)
    }
}

extension Role {
    /// Stands for the role in a dump.
    package var letter: Unicode.Scalar {
        switch self {
        case .text: "."
        case .dim: "d"
        case .border: "b"
        case .title: "T"
        case .status: "s"
        case .key: "k"
        case .selection: "S"
        case .field: "f"
        case .warning: "w"
        case .alarm: "A"
        case .moving: "m"
        case .good: "g"
        case .stale: "o"
        case .graph: "r"
        case .graphOver: "R"
        case .training: "t"
        case .serving: "i"
        case .spare: "p"
        case .simulated: "X"
        case .live: "L"
        }
    }
}
