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
        guard layout.form != .strip else {
            SmallPicture(context: context, main: main).draw(into: &frame)
            return
        }
        QuestionsRow(context, main).draw(into: &frame, y: 1, width: frame.width)
        let view = MainView(context: context, main: main, form: layout.form)
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
            frame.verticalLine(x: tokens.x - 1, y: tokens.y + 1, height: tokens.height - 1, glyphs: context.glyphs)
        }
    }
}

/// Below 80x24: the status, the ledger and the events; at a row or two, the one that matters most.
struct SmallPicture {
    let context: DrawContext
    let main: MainScreen

    /// The title row and the footer are drawn by the dashboard.
    func draw(into frame: inout Frame) {
        let (width, height) = (frame.width, frame.height)
        let bottom = height >= 4 ? height - 1 : height
        guard bottom > 1 else { return }
        var y = 1
        let questions = QuestionsRow(context, main)
        if width >= 80, bottom > 2 {
            questions.draw(into: &frame, y: y, width: width)
            y += 1
        } else {
            let perRow = width >= 44 ? 2 : 1
            let rows = min((5 + perRow - 1) / perRow, max(0, (bottom - 2) / 2))
            questions.drawStacked(into: &frame, y: y, width: width, rows: rows)
            y += rows
        }
        guard y < bottom else { return }
        let ledger = context.snapshot.ledger
        frame.put(SafeText(LedgerLine.text(ledger, width: width)), x: 0, y: y, role: .text, width: width)
        y += 1
        if bottom - y > 2 {
            LedgerLine.bar(&frame, Rect(x: 0, y: y, width: width, height: 1), ledger)
            y += 1
        }
        guard y < bottom else { return }
        let view = MainView(context: context, main: main, form: .strip)
        EventsPanel.drawRows(&frame, Rect(x: 0, y: y, width: width, height: bottom - y), view)
    }
}
