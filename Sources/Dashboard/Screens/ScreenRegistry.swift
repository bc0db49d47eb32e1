// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

extension ScreenOpening {
    /// The screen that the opening asks for; nil while there is none of its kind.
    func screen(_ context: DrawContext) -> (any OverlayScreen)? {
        nil
    }
}
