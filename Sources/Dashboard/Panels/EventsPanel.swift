// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Events: what changed, newest first, with the first of a chain of alarms marked.
enum EventsPanel {
    static let row = PanelRow(kind: .events, caption: caption, draw: draw)

    private static func caption(_ view: MainView, _ inside: Rect) -> PanelCaption {
        let count = view.context.snapshot.events.count
        return PanelCaption(detail: "newest first", trailing: count > 0 ? "\(count)" : "")
    }

    private static func draw(_ frame: inout Frame, _ inside: Rect, _ view: MainView) {
        let area = Rect(x: inside.x + 1, y: inside.y, width: inside.width - 2, height: inside.height)
        drawRows(&frame, area, view)
    }

    /// Rows alone, for every form of the screen.
    static func drawRows(_ frame: inout Frame, _ area: Rect, _ view: MainView) {
        let events = view.context.snapshot.events
        guard !events.isEmpty else {
            frame.put("nothing has changed yet", x: area.x, y: area.y, role: .dim, width: area.width)
            return
        }
        let selected = events.firstIndex { $0.id == view.main.selectedEvent }
        // The newest stay at the top unless an older one is selected.
        let offset = TableScroll.offset(0, selected: selected, count: events.count, page: area.height)
        for (line, event) in events.dropFirst(offset).prefix(area.height).enumerated() {
            let y = area.y + line
            row(&frame, event, x: area.x, y: y, width: area.width)
            if offset + line == selected {
                frame.tint(Rect(x: area.x, y: y, width: area.width, height: 1), role: .selection)
            }
        }
    }

    private static func row(_ frame: inout Frame, _ event: FactoryEvent, x: Int, y: Int, width: Int) {
        var line = TextLine(width < 60 ? event.at.shortClock : event.at.clock, .dim)
        line.add(" ")
        line.addLeft(event.kind.rawValue, role(event.kind), width: 7)
        line.add(event.text)
        // Where the mark would cut the sentence its arrow is enough.
        let isLong = line.width + 13 > width && width < 100
        let mark = SafeText(isLong ? "<-" : "<- first out")
        let room = event.isFirstOut && width > 40 ? width - mark.width - 1 : width
        frame.put(line, x: x, y: y, width: room)
        if room < width { frame.put(mark, x: x + width - mark.width, y: y, role: .warning) }
    }

    private static func role(_ kind: FactoryEvent.Kind) -> Role {
        switch kind {
        case .page, .failed: .alarm
        case .queue, .slo, .hold, .dead: .warning
        case .stale: .stale
        case .move: .moving
        case .change, .checkpoint, .job, .repaired, .source, .alert: .dim
        }
    }
}
