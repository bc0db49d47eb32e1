// SPDX-License-Identifier: Apache-2.0

import Factory
package import Screen

/// From raw data to answers and back: each stage with its rate, what it could do, what lies behind it, and who holds
/// the others up.
package struct LifecycleScreen: OverlayScreen {
    private var page = PageLines()

    package init() {}

    package var kind: ScreenKind { .lifecycle }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        page.receive(intent) ? [] : nil
    }

    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let picture = LifecyclePicture(context.snapshot, glyphs: context.glyphs, width: area.width)
        page.draw(picture.head, picture.lines, into: &frame, area: area)
    }
}

/// The lines of the lifecycle.
struct LifecyclePicture {
    let snapshot: FactorySnapshot
    let glyphs: Glyphs
    let width: Int

    init(_ snapshot: FactorySnapshot, glyphs: Glyphs, width: Int) {
        self.snapshot = snapshot
        self.glyphs = glyphs
        self.width = width
    }

    private var stages: [LifecycleStage] { snapshot.lifecycle?.stages ?? [] }

    var head: TextLine {
        var line = TextLine("LIFECYCLE ", .title)
        guard let slowest = stages.first(where: \.isBottleneck) else {
            line.add(snapshot.lifecycle == nil ? "no source speaks of it" : "from raw data to answers and back", .dim)
            return line
        }
        line.add("what holds the others up: ", .dim)
        line.add(slowest.kind.rawValue, .text)
        if !slowest.note.isEmpty { line.add(", \(slowest.note)", .dim) }
        return line
    }

    var lines: [RankedLine] {
        guard let lifecycle = snapshot.lifecycle else { return [] }
        let rows = table
        var lines = [RankedLine.air, RankedLine(rows.heading, rank: 0)]
        for stage in lifecycle.stages { lines.append(RankedLine(row(of: stage, in: rows), rank: 0)) }
        lines.append(.air)
        lines += wheel(lifecycle).ranked(1)
        lines.append(.air)
        lines.append(
            RankedLine(TextLine("SCALING LAWS: three ways to spend compute on a better answer", .title), rank: 2))
        lines += (pretraining(lifecycle) + postTraining(lifecycle) + testTime).ranked(1)
        return lines
    }

    private var table: FigureRows {
        FigureRows(
            columns: [
                .init(title: "   STAGE", width: 17, isRight: false), .init(title: "NODES", width: 5),
                .init(title: "TOKENS/S", width: 8), .init(title: "OF", width: 8, at: 60...),
                .init(title: "LOAD", width: 14, isRight: false, at: 110...),
                .init(title: "STOCK", width: 6, at: 70..., below: 110),
                .init(title: "STOCK BEHIND IT", width: 21, isRight: false, at: 110...),
                .init(title: "", width: 0, isRight: false),
            ], width: width)
    }

    private func row(of stage: LifecycleStage, in rows: FigureRows) -> TextLine {
        let rate = stage.rate.known?.value
        let most = stage.capacity.known?.value
        let load = rate.flatMap { rate in most.flatMap { $0 > 0 ? rate / $0 : nil } }
        let fill = stage.stock.map { Bars.text($0.fill?.value, cells: 5) + " " + Words.compact($0.tokens) } ?? ""
        let short = stage.stock.map { $0.fill.map { Words.percent($0.value) } ?? Words.compact($0.tokens) } ?? ""
        let note = [stage.isBottleneck ? "BOTTLENECK" : "", stage.note].filter { !$0.isEmpty }.joined(separator: " ")
        return rows.row([
            TextRun(loop(stage.kind) + stage.kind.rawValue, stage.isBottleneck ? .title : .text),
            TextRun(stage.nodes.map(String.init) ?? "", .text), stage.rate.run { Words.compact($0.value) },
            most == nil ? TextRun("", .dim) : stage.capacity.run { Words.compact($0.value) },
            TextRun(load.map { Bars.text(min(1, $0), cells: 6) } ?? "", .text), TextRun(short, .text),
            TextRun(fill, .text),
            TextRun(note, stage.isBottleneck ? .title : .dim),
        ])
    }

    /// The circle: what comes back enters again at curation.
    private func loop(_ kind: LifecycleStage.Kind) -> String {
        let isPlain = glyphs == .ascii
        switch kind {
        case .ingestion: return "   "
        case .curation: return isPlain ? "+> " : "┌> "
        case .feedback: return isPlain ? "+- " : "└─ "
        default: return isPlain ? "|  " : "│  "
        }
    }

    private func wheel(_ lifecycle: Lifecycle) -> [TextLine] {
        func said<M: Measure>(_ reading: Reading<M>, _ format: (M) -> String) -> String {
            reading.known.map(format) ?? "-"
        }
        let gain = said(lifecycle.lastGain) { "\($0.value < 0 ? "" : "+")\(Words.fixed($0.value * 100, 1)) points" }
        let parts = [
            "model scores \(said(lifecycle.quality) { "\(Words.fixed($0.value * 100, 1)) %" }) (last change \(gain))",
            "its data is \(said(lifecycle.staleness) { Words.age($0) }) old",
            "\(said(lifecycle.acceptance) { Words.percent($0.value) }) of what is logged is accepted",
            "\(lifecycle.deployed) rolled out, \(lifecycle.turnedBack) turned back in this run",
        ]
        return TextLine.wrapped(
            parts.joined(separator: "; "), head: "FLYWHEEL ", width: width - 2, headRole: .title)
    }

    private func pretraining(_ lifecycle: Lifecycle) -> [TextLine] {
        let trained = snapshot.trained.known.map { "\(Words.compact($0.value)) tok/s" } ?? "-"
        let mfu = snapshot.mfu.known.map { Words.percent($0.value) } ?? "-"
        return law("pretraining", "more parameters and data: \(trained) trained, MFU \(mfu)")
    }

    private func postTraining(_ lifecycle: Lifecycle) -> [TextLine] {
        let ratio = lifecycle.postTrainingRatio.known.map { Words.fixed($0.value, 1) } ?? "-"
        return law("post-training", "\(ratio) x the compute of pretraining over the model's life")
    }

    /// GPU-seconds of a thinking answer beside those of a chat answer, at what each class can serve.
    private var testTime: [TextLine] {
        func cost(_ name: String) -> Double? {
            guard let pool = snapshot.pool(.inference(ServingClass(name))), let most = pool.capacity.known?.value,
                most > 0, pool.gpus > 0
            else { return nil }
            return Double(pool.gpus) / most
        }
        guard let long = cost("think"), let short = cost("chat"), short > 0 else {
            return law("test time", "no class here thinks before it answers")
        }
        return law(
            "test time",
            "an answer of think takes \(Words.number(long)) GPU-s, \(Words.number(long / short)) x one of chat; the field says up to 100"
        )
    }

    private func law(_ name: String, _ text: String) -> [TextLine] {
        TextLine.wrapped(text, head: SafeText("  \(name)").padded(to: 17).string, width: width - 2)
    }
}
