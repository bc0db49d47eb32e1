// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Row 1 of every screen: is it real, which plant, when, may I act, how old is each source, who am I.
enum TitleRow {
    static func line(_ context: DrawContext, width: Int) -> TextLine {
        let snapshot = context.snapshot
        var row = RankedRow(separator: " ")
        row.add(kind(snapshot.kind), rank: 0)
        row.add(snapshot.plant, .status, rank: 1)
        if context.isFrozen { row.add(" FROZEN ", .warning, rank: 0) }
        if case .lost(let span, _) = context.link {
            let clock = context.hasSnapshot ? context.pictureAt.clock : "-"
            row.add(" LINK LOST \(Words.ago(span)), data of \(clock) ", .alarm, rank: 0)
        } else {
            // Of when the picture is, is worth more once no other comes.
            let rank = context.silence == nil ? 3 : 1
            row.add(context.hasSnapshot ? context.pictureAt.clock : "--:--:--Z", .status, rank: rank)
            if let silence = context.silence { row.add("no news \(Words.ago(silence))", .stale, rank: 0) }
        }
        if let wait = context.wait { row.add(" \(wait.text) ", wait.isLate ? .alarm : .warning, rank: 0) }
        row.add(" " + snapshot.mode.rawValue, snapshot.mode == .hold ? .warning : .status, rank: 2)
        if !context.you.mayAct { row.add(" VIEWER", .status, rank: 2) }
        if let room = snapshot.room { row.add(helm(room, context.you), rank: 2) }
        if let request = snapshot.room?.requests.first { row.add(asks(request, context.you), rank: 1) }
        switch snapshot.kind {
        case .simulated(let speed, let scale, let seed):
            row.add(" x\(Figures.factor(speed))", .simulated, rank: 2)
            row.add(" demand x\(Figures.factor(scale))", .status, rank: 5)
            if let drill = snapshot.drill { row.add(" drill \(drill)", .status, rank: 6) }
            row.add(" seed \(seed)", .dim, rank: 8)
        case .live:
            for source in snapshot.sources { row.add(age(source, snapshot), rank: 4) }
        }
        if context.plantGoesOn { row.add(" daemon", .status, rank: 4) }
        row.add(" you \(context.you.name)/\(context.you.mayAct ? "operator" : "viewer")", .status, rank: 7)
        return row.fitted(width)
    }

    /// `helm FREE`, `helm you`, `helm eve`.
    private static func helm(_ room: ControlRoom, _ you: Operator) -> TextLine {
        guard let helm = room.helm else { return TextLine(" helm ", .dim) + TextLine("FREE", .status) }
        let isYours = helm.by == you.name
        return TextLine(" helm ", .dim) + TextLine(isYours ? "you" : helm.by, isYours ? .status : .warning)
    }

    /// A plan that waits, for those who can answer and for the one who asked.
    private static func asks(_ request: ControlRoom.Request, _ you: Operator) -> TextLine {
        let left = Words.duration(request.left)
        let words =
            request.by == you.name
            ? "\(request.decision) WAITS \(left)" : "\(request.by) ASKS \(request.decision) \(left): V"
        return TextLine(" ") + TextLine(" \(words) ", .warning)
    }

    private static func kind(_ kind: PlantKind) -> TextLine {
        if kind == .live { TextLine("LIVE", .live) } else { TextLine("SIM", .simulated) }
    }

    /// `slurm 3s`, `prom 2m 1186/1188!`: one age would hide a dead source, so each has its own.
    private static func age(_ source: SourceStatus, _ snapshot: FactorySnapshot) -> TextLine {
        var line = TextLine(" \(source.name) ", .dim)
        let age = source.answeredAt.map { max(.zero, snapshot.at - $0) }
        let isStale = age.map { $0 > source.staleAfter } ?? true
        // A field of its own width, so that what is right of it stays where it is.
        line.addField(age.map { Words.age($0) } ?? "never", isStale ? .stale : .status, width: 3)
        if isStale { line.add("!", .stale) }
        if source.targetsUp < source.targets { line.add(" \(source.targetsUp)/\(source.targets)!", .warning) }
        return line
    }
}

extension TextLine {
    /// Text at the left edge of a field that grows when it must.
    mutating func addField(_ text: String, _ role: Role, width: Int) {
        add(SafeText(text).padded(to: max(width, SafeText(text).width)).string, role)
    }
}
