// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

extension ScreenOpening {
    /// The screen that the opening asks for.
    func screen(_ context: DrawContext) -> (any OverlayScreen)? {
        switch self {
        case .plan(let draft): PlanScreen(draft)
        default: nil
        }
    }
}
