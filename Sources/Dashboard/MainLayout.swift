// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Where the panels of the main screen stand at a size. It depends on the size and on the plant's shape, never on its values: nothing
/// jumps.
struct MainLayout: Sendable {
    /// `strip` is for terminals below 80x24: status, ledger and events.
    enum Form: Sendable { case boxed, ruled, strip }

    let form: Form
    private(set) var panels: [PanelKind: Rect] = [:]
    private let isZoomed: Bool

    init(_ context: DrawContext, zoomed: PanelKind? = nil) {
        let (width, height) = (context.width, context.height)
        form = width < 80 || height < 24 ? .strip : width >= 100 && height >= 30 ? .boxed : .ruled
        let classes = max(1, context.snapshot.classes.count)
        isZoomed = zoomed != nil
        if let zoomed {
            panels[zoomed] = Rect(x: 0, y: 2, width: width, height: height - 3)
        } else if form == .strip {
            panels[.nodes] = SmallLayout(width: width, height: height).nodes
        } else if form == .boxed {
            boxes(width: width, height: height, classes: classes)
        } else if form == .ruled {
            rules(width: width, height: height)
        }
    }

    var style: PanelStyle { form == .boxed ? .boxed : .ruled }

    /// The inside of a panel of this form.
    func inside(_ rect: Rect) -> Rect {
        if form == .boxed { return rect.inset(x: 1, y: 1) }
        return form == .strip && !isZoomed ? rect : rect.splitTop(1).rest
    }

    /// Neighbours share their border lines.
    private mutating func boxes(width: Int, height: Int, classes: Int) {
        let allocation = height >= 44 ? 5 : 4
        // Two status rows, four border lines and the footer.
        let rest = height - 7 - allocation
        let events = max(4, rest * 28 / 100)
        let top = rest - events
        let right = max(43, min(72, width * 36 / 100))
        let left = width - right + 1
        let fixed = min(classes, 4) + 4
        let graphs = max(0, top - 1 - 2 * fixed)
        let tokens = max(3, min(top - 4, fixed + (graphs * 3 + 4) / 5))
        panels[.nodes] = Rect(x: 0, y: 2, width: left, height: top + 2)
        panels[.tokens] = Rect(x: left - 1, y: 2, width: right, height: tokens + 2)
        panels[.queue] = Rect(x: left - 1, y: 3 + tokens, width: right, height: top - tokens + 1)
        panels[.allocation] = Rect(x: 0, y: 3 + top, width: width, height: allocation + 2)
        panels[.events] = Rect(x: 0, y: 4 + top + allocation, width: width, height: events + 2)
    }

    /// One title rule each; what a larger terminal has more goes to all.
    private mutating func rules(width: Int, height: Int) {
        let rest = height - 7
        let more = max(0, rest - 17)
        let allocation = 2 + min(2, more / 4)
        let events = 4 + more / 4
        let flows = 4 + more / 4
        let nodes = rest - allocation - events - flows
        var y = 2
        func next(_ rows: Int, x: Int = 0, width: Int) -> Rect { Rect(x: x, y: y, width: width, height: rows + 1) }
        panels[.nodes] = next(nodes, width: width)
        y += nodes + 1
        panels[.queue] = next(flows, width: width / 2)
        panels[.tokens] = next(flows, x: width / 2 + 1, width: width - width / 2 - 1)
        y += flows + 1
        panels[.allocation] = next(allocation, width: width)
        y += allocation + 1
        panels[.events] = next(events, width: width)
    }
}
