// SPDX-License-Identifier: Apache-2.0

import Foundation
import Screen

/// Text for people outside the dashboard: made safe before it reaches a terminal.
enum Output {
    static func line(_ text: String = "") {
        write(safe(text) + "\n", to: .standardOutput)
    }

    static func complain(_ text: String) {
        write("tokenworks: " + safe(text) + "\n", to: .standardError)
    }

    /// Writes JSON, which keeps its lines.
    static func json(_ text: String) {
        write(ascii(text) + "\n", to: .standardOutput)
    }

    /// One line in which nothing steers a terminal.
    static func safe(_ text: String) -> String { SafeText(text).string }

    /// The same JSON in ASCII. An encoder escapes what is below a space only, and a target's words may hold worse.
    static func ascii(_ json: String) -> String {
        var text = ""
        for unit in json.utf16 {
            if unit < 0x7F, let scalar = Unicode.Scalar(unit) {
                text.unicodeScalars.append(scalar)
            } else {
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return text
    }

    private static func write(_ text: String, to file: FileHandle) {
        // ignored because nobody is left to tell when stdout or stderr itself is gone.
        try? file.write(contentsOf: Data(text.utf8))
    }
}
