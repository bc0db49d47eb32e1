// SPDX-License-Identifier: Apache-2.0

import Foundation
import Screen

/// Text for people outside the dashboard: made safe before it reaches a terminal.
enum Output {
    static func line(_ text: String = "") {
        write(SafeText(text).string + "\n", to: .standardOutput)
    }

    static func complain(_ text: String) {
        write("tokenworks: " + SafeText(text).string + "\n", to: .standardError)
    }

    /// Writes bytes that are safe already, such as our own JSON.
    static func raw(_ text: String) {
        write(text, to: .standardOutput)
    }

    private static func write(_ text: String, to file: FileHandle) {
        // ignored because nobody is left to tell when stdout or stderr itself is gone.
        try? file.write(contentsOf: Data(text.utf8))
    }
}
