// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The rows of the screens over the main one.
extension Keymap {
    static let screenRows: [KeyBinding] = []
}
