// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Queue: how long users wait, in seconds of work, and beside it what training waits for: the other bidder.
enum QueuePanel {
    static let row = PanelRow(kind: .queue, caption: caption, draw: draw)

    private static func caption(_ view: MainView, _ inside: Rect) -> PanelCaption {
        let classes = view.context.snapshot.classes
        return QueueParts(inside, view).classes(classes).caption(
            detail: view.form == .boxed ? "seconds of work" : "",
            ages: classes.flatMap { [$0.waiting.staleAge, $0.wait.staleAge] })
    }

    private static func draw(_ frame: inout Frame, _ inside: Rect, _ view: MainView) {
        let classes = view.context.snapshot.classes
        let parts = QueueParts(inside, view)
        let area = parts.area
        let columns = QueueColumns(width: area.width, isCompact: view.form != .boxed)
        var y = area.y
        if parts.head > 0 {
            frame.put(columns.head, x: area.x, y: y, width: area.width)
            y += 1
        }
        for (index, pool) in parts.classes(classes).shown.enumerated() {
            frame.put(columns.row(pool), x: area.x, y: y + index, width: area.width)
            sparkline(&frame, area, y: y + index, columns: columns, pool: pool, view)
        }
        if classes.isEmpty { frame.put(TextLine("waiting -", .dim), x: area.x, y: y, width: area.width) }
        y += parts.rows
        drawGraph(&frame, Rect(x: area.x, y: y, width: area.width - 1, height: parts.graph), view)
        y += parts.graph
        for (index, line) in jobs(view.context.snapshot, parts).enumerated() {
            frame.put(line, x: area.x, y: y + index, width: area.width)
        }
    }

    /// What waits for nodes: training, then the classes that a scheduler has jobs for.
    private static func jobs(_ snapshot: FactorySnapshot, _ parts: QueueParts) -> [TextLine] {
        let serving = ServingLines(snapshot)
        var lines = TrainingLines(snapshot).lines(parts.training)
        if !lines.isEmpty, let all = serving.folded(below: parts.serving) { lines[0] = all }
        return lines + serving.lines(parts.serving, width: parts.area.width)
    }

    /// The history of one class in what its row leaves free.
    private static func sparkline(
        _ frame: inout Frame, _ area: Rect, y: Int, columns: QueueColumns, pool: PoolState, _ view: MainView
    ) {
        let rect = Rect(x: area.x + columns.end + 1, y: y, width: area.width - columns.end - 2, height: 1)
        guard columns.hasSparkline, let serving = pool.pool.servingClass,
            let line = view.main.history.queues[serving]?.line
        else { return }
        HistoryGraph(line: line, glyphs: view.context.glyphs).draw(into: &frame, rect)
    }

    private static func drawGraph(_ frame: inout Frame, _ rect: Rect, _ view: MainView) {
        guard rect.height > 0, let watched = view.main.history.watched,
            let queue = view.main.history.queues[watched]
        else { return }
        let graph = HistoryGraph(line: queue.line, glyphs: view.context.glyphs)
        guard rect.height > 1 else { return graph.draw(into: &frame, rect) }
        let pool = view.context.snapshot.pool(.inference(watched))
        var label = TextLine(queue.isSeconds ? "\(watched) work" : "\(watched) waiting", .dim)
        if let limit = pool?.level?.ttft, queue.isSeconds { label.add(", limit " + Words.wait(limit), .dim) }
        label.add(", " + graph.spanText(rect.width), .dim)
        frame.put(label, x: rect.x, y: rect.y, width: rect.width)
        graph.draw(into: &frame, rect.splitTop(1).rest)
    }
}

/// The columns of the Queue panel at a width.
struct QueueColumns {
    private let name: Int
    private let work: Int
    private let isCompact: Bool
    let hasSparkline: Bool
    /// Where the last column ends.
    let end: Int

    init(width: Int, isCompact: Bool) {
        self.isCompact = isCompact
        // waiting, work, trend; oldest where there is a head that says so.
        work = isCompact ? 8 : 7
        let numbers = isCompact ? 7 + work + 11 : 7 + work + 7 + 12
        name = max(isCompact ? 7 : 6, min(18, width - numbers - (isCompact ? 8 : 0)))
        end = name + numbers
        hasSparkline = width - end >= 5
    }

    var head: TextLine {
        var line = TextLine()
        line.tab(to: name, .title)
        for (title, width) in [("waiting", 7), ("work", work), ("oldest", 7)] {
            line.addRight(title, .title, width: width)
        }
        line.add(" trend", .title)
        return line
    }

    func row(_ pool: PoolState) -> TextLine {
        var line = TextLine()
        line.addLeft(pool.pool.shortName + (pool.isHurt ? "!" : ""), pool.isHurt ? .alarm : .text, width: name)
        line.addRight(pool.waiting.run { (pool.isPart(\.waiting) ? ">" : "") + Words.compact($0.value) }, width: 7)
        line.addRight(pool.wait.run { Words.wait($0) }, width: work)
        if !isCompact { line.addRight(pool.oldest.run { Words.wait($0) }, width: 7) }
        if let away = Figures.turnedAway(pool) {
            line.add(" " + away, .warning)
            return line
        }
        if let failing = Figures.failing(pool) {
            line.add(" " + failing, .alarm)
            return line
        }
        let waiting = pool.waiting.known?.value ?? 0
        let trend = pool.queueTrend.run { Figures.growth($0.value, of: waiting) }
        let grows = pool.isHurt && (pool.queueTrend.known?.value ?? 0) > 0
        line.add(" " + trend.text.string, grows ? .warning : trend.text.string == "flat" ? .dim : trend.role)
        return line
    }
}

/// How the inside of the Queue panel is split: head, classes, graph, jobs that wait for training and for the classes.
struct QueueParts {
    let area: Rect
    let head: Int
    let rows: Int
    let training: Int
    let serving: Int
    let graph: Int

    init(_ inside: Rect, _ view: MainView) {
        let snapshot = view.context.snapshot
        area = inside.splitLeft(1).rest
        head = view.form == .boxed && area.height > 4 ? 1 : 0
        rows = min(max(1, snapshot.classes.count), max(1, area.height - head - 1))
        let rest = max(0, area.height - head - rows)
        let asked = ServingLines(snapshot).count
        // A line for each that waits says more than the second of training.
        training = min(view.form == .boxed ? 3 : 1, max(min(1, rest), rest - asked))
        serving = min(asked, rest - training)
        graph = rest - training - serving
    }

    func classes(_ classes: [PoolState]) -> ClassRows { ClassRows(classes, rows: rows) }
}
