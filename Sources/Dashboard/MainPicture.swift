// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Draws the main screen between the title row and the footer.
struct MainPicture {
    let context: DrawContext
    let main: MainScreen
    private let layout: MainLayout

    init(context: DrawContext, main: MainScreen) {
        self.context = context
        self.main = main
        layout = MainLayout(context, zoomed: main.zoomed)
    }

    func draw(into frame: inout Frame) {
        let view = MainView(context: context, main: main, form: layout.form)
        guard layout.form != .strip || main.zoomed != nil else {
            SmallPicture(view: view).draw(into: &frame)
            return
        }
        QuestionsRow(context, main).draw(into: &frame, y: 1, width: frame.width)
        // From top to bottom: a lower panel's title covers the line it shares with the one above.
        let rows = PanelRegistry.rows.sorted {
            let left = layout.panels[$0.kind]?.y ?? 0
            let right = layout.panels[$1.kind]?.y ?? 0
            return left < right
        }
        for row in rows {
            guard let rect = layout.panels[row.kind] else { continue }
            let caption = row.caption(view, layout.inside(rect))
            let inside = frame.panel(
                rect, title: SafeText(row.kind.rawValue), detail: SafeText(caption.detail),
                trailing: SafeText(caption.trailing), style: layout.style, glyphs: context.glyphs,
                trailingRole: caption.trailingRole)
            if main.focus == row.kind {
                frame.tint(Rect(x: rect.x + 2, y: rect.y, width: row.kind.rawValue.count, height: 1), role: .selection)
            }
            row.draw(&frame, inside, view)
        }
        if layout.form == .ruled, let tokens = layout.panels[.tokens], main.zoomed == nil {
            frame.horizontalLine(x: tokens.x - 1, y: tokens.y, width: 1, glyphs: context.glyphs)
            frame.verticalLine(x: tokens.x - 1, y: tokens.y, height: tokens.height, glyphs: context.glyphs)
        }
    }
}
