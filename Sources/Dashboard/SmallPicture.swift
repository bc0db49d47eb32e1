// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Below 80x24: the five questions, the ledger, the worst nodes where there is room, and the events; at a row or two, the one that
/// matters most.
struct SmallPicture {
    let view: MainView

    /// The title row and the footer are drawn by the dashboard.
    func draw(into frame: inout Frame) {
        let layout = SmallLayout(width: frame.width, height: frame.height)
        let questions = QuestionsRow(view.context, view.main)
        if layout.isStacked {
            questions.drawStacked(into: &frame, y: 1, width: frame.width, rows: layout.questions)
        } else {
            questions.draw(into: &frame, y: 1, width: frame.width)
        }
        let ledger = view.context.snapshot.ledger
        if let y = layout.ledger {
            frame.put(
                SafeText(LedgerLine.text(ledger, width: frame.width)), x: 0, y: y, role: .text, width: frame.width)
        }
        if let y = layout.bar { LedgerLine.bar(&frame, Rect(x: 0, y: y, width: frame.width, height: 1), ledger) }
        if !layout.nodes.isEmpty {
            PanelRegistry.rows.first { $0.kind == .nodes }?.draw(&frame, layout.nodes, view)
        }
        if !layout.events.isEmpty { EventsPanel.drawRows(&frame, layout.events, view) }
    }
}

/// Where things stand below 80x24.
struct SmallLayout {
    let isStacked: Bool
    /// Rows of the questions.
    let questions: Int
    private(set) var ledger: Int?
    private(set) var bar: Int?
    /// Heatmap and list without a frame; empty where the events need the room.
    private(set) var nodes = Rect(x: 0, y: 0, width: 0, height: 0)
    private(set) var events = Rect(x: 0, y: 0, width: 0, height: 0)

    init(width: Int, height: Int) {
        let bottom = height >= 4 ? height - 1 : height
        isStacked = width < 80 || bottom < 3
        let perRow = width >= 44 ? 2 : 1
        questions = isStacked ? min((5 + perRow - 1) / perRow, max(0, (bottom - 2) / 2)) : 1
        var y = 1 + questions
        guard y < bottom else { return }
        ledger = y
        y += 1
        if bottom - y > 2 {
            bar = y
            y += 1
        }
        let free = bottom - y
        guard free > 0 else { return }
        let listed = free >= 9 && width >= 30 ? free / 2 : 0
        nodes = Rect(x: 0, y: y, width: width, height: listed)
        events = Rect(x: 0, y: y + listed, width: width, height: free - listed)
    }
}
