// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The past of a node, or of one of its accelerators: four graphs side by side under the screen's first line, each with its scale
/// at the left and its time below.
struct NodeGraphs {
    let subject: PastSubject
    let reach: TrendReach
    private let snapshot: FactorySnapshot
    private let past: NodePast
    private let glyphs: Glyphs
    private let index: Int

    /// Columns that a graph needs to say anything, and the gap between two.
    private static let narrowest = 16
    private static let gap = 2

    /// nil where nothing of the past of its node is known.
    init?(_ subject: PastSubject, _ reach: TrendReach, _ past: NodePast, _ context: DrawContext) {
        snapshot = context.snapshot
        guard let index = snapshot.nodes.ids.firstIndex(of: subject.node), past.subject?.node == subject.node else {
            return nil
        }
        self.past = past
        self.subject = subject
        self.reach = reach
        self.index = index
        glyphs = context.glyphs
    }

    /// Rows of the band on a screen of so many; 0: there is no room.
    static func rows(on height: Int) -> Int {
        switch height {
        case ..<12: 0
        case ..<18: 2
        case ..<28: 4
        default: 6
        }
    }

    func draw(into frame: inout Frame, _ band: Rect) {
        let known = NodeQuantity.remembered.filter { quantity in
            past.trends.keys.contains { $0.quantity == quantity }
        }
        let count = min(known.count, (band.width + Self.gap) / (Self.narrowest + Self.gap))
        guard count > 0, band.height > 1 else { return }
        let width = (band.width - Self.gap * (count - 1)) / count
        for (place, quantity) in known.prefix(count).enumerated() {
            let rect = Rect(
                x: band.x + place * (width + Self.gap), y: band.y, width: width, height: band.height)
            draw(quantity, into: &frame, rect, isFirst: place == 0, isLast: place == count - 1)
        }
    }

    private func draw(
        _ quantity: NodeQuantity, into frame: inout Frame, _ rect: Rect, isFirst: Bool, isLast: Bool
    ) {
        let shown = past.subject ?? subject
        let trend = past.trends[NodeTrendKey(shown, quantity, reach)]
        let hasAxes = rect.height > 3
        var title = TextLine(isFirst ? subject.gpu.map { "gpu\($0) " } ?? "" : "", .title)
        title.add(quantity.title + " ", .dim)
        title.add(newest(quantity))
        if isLast, !hasAxes, let trend {
            let span = GraphTime.words(trend.step * Double(reach.count))
            if title.width + 1 + span.count <= rect.width {
                title.tab(to: rect.width - span.count)
                title.add(span, .dim)
            }
        }
        frame.put(title, x: rect.x, y: rect.y, width: rect.width)
        guard let trend else { return }
        var area = rect.splitTop(1).rest
        let top = top(quantity, of: shown, trend)
        if hasAxes {
            let scale = Self.value(Double(top), quantity)
            let (labels, graph) = area.splitLeft(scale.count + 1)
            area = graph
            area.height -= 1
            Self.draw(scale, into: &frame, Rect(x: labels.x, y: area.y, width: scale.count, height: area.height))
        }
        let span = trend.step * Double(reach.count)
        let columns = glyphs == .braille ? area.width * 2 : area.width
        // Of another accelerator than the title's, until its own comes.
        frame.graph(
            area, values: trend.columns(columns, span: span), top: top, role: shown == subject ? .graph : .stale,
            glyphs: glyphs)
        guard hasAxes else { return }
        GraphTime(span: span, cells: trend.cells(of: span, in: area.width, glyphs))
            .draw(into: &frame, x: area.x, y: area.maxY, width: area.width)
    }

    /// The upper and the lower end of the scale, at their rows.
    private static func draw(_ top: String, into frame: inout Frame, _ rect: Rect) {
        for (text, y) in [("0", rect.maxY - 1), (top, rect.y)] {
            frame.put(TextLine(text, .dim), x: rect.maxX - text.count, y: y, width: text.count)
        }
    }

    /// `100 %`, `700 W`, `10.2 kW`.
    private static func value(_ value: Double, _ quantity: NodeQuantity) -> String {
        guard quantity == .power else { return Words.percent(value) }
        return value < 999.5 ? "\(Words.fixed(value, 0)) W" : "\(GraphTime.number(value / 1000)) kW"
    }

    /// Shares stand in their whole; power in what the node is built for, where somebody says that.
    private func top(_ quantity: NodeQuantity, of subject: PastSubject, _ trend: Trend) -> Float {
        guard quantity == .power else { return 1 }
        if let limit = snapshot.nodes.powerLimit[index] {
            let gpus = snapshot.nodes.gpus.range(of: index).count
            return Float(subject.gpu == nil ? limit : limit / Double(max(1, gpus)))
        }
        var top = ScaleTop()
        top.follow(peak: trend.values.lazy.filter { !$0.isNaN }.max() ?? 0)
        return top.value
    }

    private func newest(_ quantity: NodeQuantity) -> String {
        let value: Double?
        if let gpu = subject.gpu {
            value =
                quantity.accelerators(in: snapshot.nodes.gpus)?[
                    snapshot.nodes.gpus.range(of: index).lowerBound + gpu]
        } else {
            value = snapshot.nodes[keyPath: quantity.column][index]
        }
        guard let value else { return "-" }
        guard quantity == .power else { return Words.percent(value) }
        return value < 1000 ? "\(Words.fixed(value, 0)) W" : "\(Words.fixed(value / 1000, 1)) kW"
    }

}

extension NodeQuantity {
    /// Over its graph.
    fileprivate var title: String {
        switch self {
        case .gpuUtilisation: "util"
        case .tensorActive: "tensor"
        case .gpuMemory: "memory"
        case .power: "power"
        case .powerLimit, .temperature, .cpu, .memory: rawValue
        }
    }
}
