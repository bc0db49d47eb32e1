// SPDX-License-Identifier: Apache-2.0

package import Screen

/// The one table of keys: footer, help and the manual are made from it.
package enum Keymap {
    /// Every row; of two that hold for one key on one screen the earlier wins.
    package static let table: [KeyBinding] =
        screenRows + helpRows + mainRows + graphRows + actingRows + pageRows + commonRows

    /// What a key means on a screen; nil: nothing.
    package static func binding(_ key: Key, on screen: ScreenKind) -> KeyBinding? {
        table.first { $0.screens.contains(screen) && $0.keys.contains(key) }
    }

    /// The rows of a screen, for its help and its footer.
    package static func rows(on screen: ScreenKind) -> [KeyBinding] {
        table.filter { $0.screens.contains(screen) }
    }

    /// All screens but dialogs that ask one thing.
    static let everywhere = Set(ScreenKind.allCases).subtracting([.quit])
}
