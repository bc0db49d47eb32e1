// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// What the dashboard is told once, at its start.
package struct DashboardOptions: Sendable {
    /// Shown until the first snapshot says it.
    package var plant: String
    package var kind: PlantKind
    package var you: Operator
    package var glyphs: Glyphs
    package var theme: String
    /// Whether the plant, and its moves, go on when the dashboard ends.
    package var plantGoesOn = false
    /// Where the person was in their last session: gone back to with the first snapshot, unless a key was pressed before.
    package var place: DashboardPlace?
    /// The themes that `t` goes through.
    package var themes: [String]

    package init(
        plant: String, kind: PlantKind, you: Operator, glyphs: Glyphs = .braille, theme: String = "default",
        themes: [String] = ["default"]
    ) {
        self.plant = plant
        self.kind = kind
        self.you = you
        self.glyphs = glyphs
        self.theme = theme
        self.themes = themes
    }
}
