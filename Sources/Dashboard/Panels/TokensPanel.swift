// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Tokens/s: decode and prefill apart, per class and per GPU, beside the latencies that say whether they are any good.
///
/// Trained tokens have their own line: they are never added to generated ones.
enum TokensPanel {
    static let row = PanelRow(kind: .tokens, caption: caption, draw: draw)

    private static func caption(_ view: MainView, _ inside: Rect) -> PanelCaption {
        let classes = view.context.snapshot.classes
        let rows = ClassRows(classes, rows: isFull(inside, view) ? fullRows(inside, view) : inside.height - 2)
        return rows.caption(
            ages: classes.flatMap { [$0.decode.staleAge, $0.ttft95.staleAge, $0.itl95.staleAge, $0.kvUse.staleAge] }
                + [view.context.snapshot.trained.staleAge])
    }

    private static func isFull(_ inside: Rect, _ view: MainView) -> Bool { view.form == .boxed && inside.height > 5 }

    private static func fullRows(_ inside: Rect, _ view: MainView) -> Int {
        min(max(1, view.context.snapshot.classes.count), max(1, inside.height - 4))
    }

    private static func draw(_ frame: inout Frame, _ inside: Rect, _ view: MainView) {
        let area = inside.splitLeft(1).rest
        if isFull(inside, view) {
            drawFull(&frame, area, view)
        } else {
            drawCompact(&frame, area, view)
        }
    }

    /// Head, classes, decode and its history, prefill and its history, training.
    private static func drawFull(_ frame: inout Frame, _ area: Rect, _ view: MainView) {
        let classes = view.context.snapshot.classes
        let columns = TokenColumns(width: area.width, classes: classes)
        let rows = fullRows(area, view)
        let graphs = max(0, area.height - rows - 4)
        let decodeRows = (graphs * 2 + 2) / 3
        var y = area.y
        func line(_ line: TextLine) {
            frame.put(line, x: area.x, y: y, width: area.width)
            y += 1
        }
        func graph(_ history: Graphs.Line, _ rows: Int) {
            let rect = Rect(x: area.x, y: y, width: area.width - 1, height: rows)
            HistoryGraph(line: history, glyphs: view.context.glyphs).draw(into: &frame, rect)
            y += rows
        }
        line(columns.head)
        for pool in ClassRows(classes, rows: rows).shown { line(columns.row(pool)) }
        if classes.isEmpty { line(TextLine("no source speaks of a class", .dim)) }
        line(decodeLine(view, width: area.width))
        graph(view.main.history.decode, decodeRows)
        line(prefillLine(view.context.snapshot))
        graph(view.main.history.prefill, graphs - decodeRows)
        line(trainLine(view.context.snapshot))
    }

    /// Decode with its history in one line, the classes, prefill and training in another or two.
    private static func drawCompact(_ frame: inout Frame, _ area: Rect, _ view: MainView) {
        let snapshot = view.context.snapshot
        drawDecode(&frame, area, view)
        let rows = max(0, area.height - 2)
        for (index, pool) in ClassRows(snapshot.classes, rows: rows).shown.enumerated() {
            frame.put(TokenColumns.compactRow(pool), x: area.x, y: area.y + 1 + index, width: area.width)
        }
        guard area.height > 1 else { return }
        let free = rows - snapshot.classes.count
        guard free > 0 else {
            var row = RankedRow()
            row.add(prefillLine(snapshot, isShort: true), rank: 1)
            let trained = snapshot.trained.run { Words.compact($0.value) }
            row.add(TextLine("train ", .dim) + TextLine(trained), rank: 2)
            frame.put(row.fitted(area.width), x: area.x, y: area.maxY - 1, width: area.width)
            return
        }
        frame.put(prefillLine(snapshot), x: area.x, y: area.maxY - 1 - free, width: area.width)
        let graph = Rect(x: area.x, y: area.maxY - free, width: area.width - 1, height: free - 1)
        HistoryGraph(line: view.main.history.prefill, glyphs: view.context.glyphs).draw(into: &frame, graph)
        frame.put(trainLine(snapshot), x: area.x, y: area.maxY - 1, width: area.width)
    }

    /// The sum over the classes; `>` where one of them does not say.
    private static func total(
        _ snapshot: FactorySnapshot, _ path: KeyPath<PoolState, Reading<TokensPerSecond>>,
        _ sum: Reading<TokensPerSecond>
    ) -> TextRun {
        let isPartial = snapshot.isPartial(path)
        return sum.run { (isPartial ? ">" : "") + Words.compact($0.value) }
    }

    private static func drawDecode(_ frame: inout Frame, _ area: Rect, _ view: MainView) {
        let snapshot = view.context.snapshot
        var line = TextLine("decode ", .dim)
        line.addRight(total(snapshot, \.decode, snapshot.decode), width: 7)
        line.addRight(perGPU(snapshot).run { Words.fixed($0.value, 0) }, width: 7)
        line.add("/GPU", .dim)
        let end = frame.put(line, x: area.x, y: area.y, width: area.width) + 1
        let graph = Rect(x: end, y: area.y, width: area.maxX - end - 1, height: 1)
        guard graph.width >= 5 else { return }
        HistoryGraph(line: view.main.history.decode, glyphs: view.context.glyphs).draw(into: &frame, graph)
    }

    private static func decodeLine(_ view: MainView, width: Int) -> TextLine {
        let snapshot = view.context.snapshot
        var line = TextLine("decode ", .dim)
        line.addRight(total(snapshot, \.decode, snapshot.decode), width: 7)
        line.addRight(perGPU(snapshot).run { Words.fixed($0.value, 0) }, width: 7)
        line.add(" tok/s/GPU", .dim)
        let graph = HistoryGraph(line: view.main.history.decode, glyphs: view.context.glyphs)
        let span = graph.spanText(width - 1)
        if line.width + span.count + 2 < width {
            line.addRight(span, .dim, width: width - 1 - line.width)
        }
        return line
    }

    private static func prefillLine(_ snapshot: FactorySnapshot, isShort: Bool = false) -> TextLine {
        var line = TextLine("prefill ", .dim)
        line.addRight(total(snapshot, \.prefill, snapshot.prefill), width: snapshot.isPartial(\.prefill) ? 7 : 6)
        let hit = cacheHit(snapshot).map { Words.fixed($0.value * 100, 0) + "%" } ?? "-"
        line.add(isShort ? " hit " : " uncached, cache hit ", .dim)
        line.add(hit, hit == "-" ? .dim : .text)
        return line
    }

    private static func trainLine(_ snapshot: FactorySnapshot) -> TextLine {
        var line = TextLine("train   ", .dim)
        line.addRight(snapshot.trained.run { Words.compact($0.value) }, width: 6)
        line.add(" trained tok/s, MFU ", .dim)
        let mfu = snapshot.mfu.run { Words.fixed($0.value * 100, 0) + "%" }
        line.add(mfu.text.string, mfu.role)
        return line
    }

    /// Decode over all GPUs that serve; missing when either side is, for one class too.
    private static func perGPU(_ snapshot: FactorySnapshot) -> Reading<TokensPerSecond> {
        guard snapshot.classes.allSatisfy({ $0.gpus > 0 || $0.decode.known == nil }) else { return .missing }
        let gpus = snapshot.classes.reduce(0) { $0 + $1.gpus }
        return gpus > 0 ? snapshot.decode.map { TokensPerSecond($0.value / Double(gpus)) } : .missing
    }

    /// Share of input tokens that were in a cache, weighted by the classes' input; nil where one that reads does not say.
    private static func cacheHit(_ snapshot: FactorySnapshot) -> Share? {
        guard snapshot.classes.allSatisfy({ $0.cachedShare.known != nil || ($0.prefill.known?.value ?? 0) == 0 }) else {
            return nil
        }
        var cached = 0.0
        var all = 0.0
        for pool in snapshot.classes {
            guard let share = pool.cachedShare.known, let prefill = pool.prefill.known, share.value < 1 else {
                continue
            }
            let input = prefill.value / (1 - share.value)
            cached += input - prefill.value
            all += input
        }
        return all > 0 ? Share(cached / all) : nil
    }
}
