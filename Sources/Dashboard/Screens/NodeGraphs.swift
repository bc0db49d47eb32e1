// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The past of a node, or of one of its accelerators: four graphs side by side under the screen's first line.
struct NodeGraphs {
    let subject: PastSubject
    let reach: TrendReach
    private let snapshot: FactorySnapshot
    private let glyphs: Glyphs
    private let index: Int

    /// Columns that a graph needs to say anything, and the gap between two.
    private static let narrowest = 16
    private static let gap = 2

    /// nil where nothing of the past of its node is known.
    init?(_ subject: PastSubject, _ reach: TrendReach, _ context: DrawContext) {
        snapshot = context.snapshot
        guard let index = snapshot.nodes.ids.firstIndex(of: subject.node),
            snapshot.nodeTrends.keys.contains(where: { $0.subject.node == subject.node })
        else { return nil }
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
        case ..<28: 3
        // The last one parts them from the text.
        default: 6
        }
    }

    func draw(into frame: inout Frame, _ band: Rect) {
        let known = NodeQuantity.remembered.filter { isKnown($0) }
        let count = min(known.count, (band.width + Self.gap) / (Self.narrowest + Self.gap))
        guard count > 0, band.height > 1 else { return }
        let height = band.height > 3 ? band.height - 1 : band.height
        let width = (band.width - Self.gap * (count - 1)) / count
        for (place, quantity) in known.prefix(count).enumerated() {
            let rect = Rect(
                x: band.x + place * (width + Self.gap), y: band.y, width: width, height: height)
            draw(quantity, into: &frame, rect, isFirst: place == 0, isLast: place == count - 1)
        }
    }

    /// Of the node or of any reach: a graph that has not come yet keeps its place.
    private func isKnown(_ quantity: NodeQuantity) -> Bool {
        snapshot.nodeTrends.keys.contains { $0.subject.node == subject.node && $0.quantity == quantity }
    }

    private func draw(
        _ quantity: NodeQuantity, into frame: inout Frame, _ rect: Rect, isFirst: Bool, isLast: Bool
    ) {
        let trend = snapshot.nodeTrends[NodeTrendKey(subject, quantity, reach)]
        var title = TextLine(isFirst ? subject.gpu.map { "gpu\($0) " } ?? "" : "", .title)
        title.add(quantity.title + " ", .dim)
        title.add(newest(quantity))
        if isLast, let trend {
            let span = Self.words(trend.step * Double(reach.count))
            if title.width + 1 + span.count <= rect.width {
                title.tab(to: rect.width - span.count)
                title.add(span, .dim)
            }
        }
        frame.put(title, x: rect.x, y: rect.y, width: rect.width)
        guard let trend else { return }
        let columns = glyphs == .braille ? rect.width * 2 : rect.width
        let values = trend.columns(columns, span: trend.step * Double(reach.count))
        frame.graph(rect.splitTop(1).rest, values: values, top: top(quantity, trend), glyphs: glyphs)
    }

    /// Shares stand in their whole; power in what the node is built for, where somebody says that.
    private func top(_ quantity: NodeQuantity, _ trend: Trend) -> Float {
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

    /// `5 min`, `60 min`, `5 h`.
    private static func words(_ span: Seconds) -> String {
        span.value < 600 ? "\(Words.fixed(span.value / 60, 0)) min" : Words.wait(span)
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
