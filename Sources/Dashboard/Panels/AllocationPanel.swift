// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Allocation: the ledger that always sums, the floors, what is moving, and the cheapest relief.
enum AllocationPanel {
    static let row = PanelRow(kind: .allocation, caption: caption, draw: draw)

    private static func caption(_ view: MainView, _ inside: Rect) -> PanelCaption {
        PanelCaption(detail: LedgerLine.text(view.context.snapshot.ledger, width: inside.width - 16))
    }

    private static func draw(_ frame: inout Frame, _ inside: Rect, _ view: MainView) {
        let area = Rect(x: inside.x + 1, y: inside.y, width: inside.width - 2, height: inside.height)
        guard area.height > 0 else { return }
        LedgerLine.bar(&frame, Rect(x: area.x, y: area.y, width: area.width, height: 1), view.context.snapshot.ledger)
        for (index, line) in lines(view.context, rows: area.height - 1, width: area.width).enumerated() {
            frame.put(line, x: area.x, y: area.y + 1 + index, width: area.width)
        }
    }

    /// What the rows under the bar say, most needed first where rows are few.
    private static func lines(_ context: DrawContext, rows: Int, width: Int) -> [TextLine] {
        let moves = MoveLine.lines(context, width: width)
        let relief = ReliefLine.line(context, width: width)
        let floors = FloorsLine.line(context.snapshot, width: width)
        switch rows {
        case ..<1: return []
        case 1:
            var row = RankedRow(separator: " | ")
            for (index, move) in moves.enumerated() { row.add(move.short, rank: index == 0 ? 1 : 3) }
            row.add(ReliefLine.short(context), rank: 2)
            return [row.fitted(width)]
        case 2: return [folded(moves, rows: 1, width: width), relief].compactMap(\.self)
        default:
            let room = rows - 2
            guard moves.count > room else { return [floors] + moves.map(\.line) + [relief] }
            return [floors] + moves.prefix(room - 1).map(\.line)
                + [folded(Array(moves.dropFirst(room - 1)), rows: 1, width: width), relief].compactMap(\.self)
        }
    }

    /// Several moves in one line.
    private static func folded(_ moves: [MoveLine], rows: Int, width: Int) -> TextLine? {
        guard moves.count > 1 else { return moves.first?.line }
        var row = RankedRow(separator: " | ")
        for (index, move) in moves.enumerated() { row.add(move.short, rank: index) }
        return row.fitted(width)
    }
}

/// The ledger as a sum and as a bar.
enum LedgerLine {
    private struct Part {
        let part: AllocationPart
        let long: String
        let short: String
        let tiny: String
        let scalar: Unicode.Scalar
        let role: Role
    }

    private static let parts: [Part] = [
        Part(part: .training, long: "training", short: "trn", tiny: "T", scalar: "T", role: .training),
        Part(part: .inTransit, long: "in transit", short: "moving", tiny: ">", scalar: ">", role: .moving),
        Part(part: .inference, long: "inference", short: "inf", tiny: "I", scalar: "I", role: .serving),
        Part(part: .spare, long: "spare", short: "spare", tiny: "s", scalar: "s", role: .spare),
        Part(part: .failed, long: "failed", short: "failed", tiny: "F", scalar: "F", role: .alarm),
    ]

    /// `sum 500 = training 292 + in transit 6 + inference 186 + spare 12 + failed 4`, shorter where it must be.
    static func text(_ ledger: Ledger, width: Int) -> String {
        guard ledger.total > 0 else { return "no nodes" }
        guard ledger.isKnown else {
            return width < 40 ? "\(ledger.total) nodes, states -" : "sum \(ledger.total): no source says what they do"
        }
        let unknown = ledger[part: .unknown]
        // Where some are unknown, none that is known is no zero.
        func count(_ part: Part) -> String {
            let known = ledger[part: part.part]
            return known == 0 && unknown > 0 ? "-" : String(known)
        }
        // What most plants never have is said where it is.
        let out = ledger[part: .out]
        func rest(_ out: String, _ unknown: String) -> [String] { [out, unknown].filter { !$0.isEmpty } }
        let long =
            parts.map { "\($0.long) \(count($0))" }
            + rest(out > 0 ? "out of use \(out)" : "", unknown > 0 ? "unknown \(unknown)" : "")
        let short =
            parts.map { "\(count($0)) \($0.short)" }
            + rest(out > 0 ? "\(out) out" : "", unknown > 0 ? "\(unknown) unknown" : "")
        let tiny =
            parts.map { "\($0.tiny)\(count($0))" } + rest(out > 0 ? "o\(out)" : "", unknown > 0 ? "-\(unknown)" : "")
        let texts = [
            "sum \(ledger.total) = " + long.joined(separator: " + "),
            "\(ledger.total) = " + short.joined(separator: " + "),
            "\(ledger.total) = " + tiny.joined(separator: " "),
            "\(ledger.total)=" + tiny.joined(separator: " "),
            tiny.joined(separator: " "),
        ]
        return texts.first { $0.count <= width } ?? tiny.joined(separator: "")
    }

    static func bar(_ frame: inout Frame, _ rect: Rect, _ ledger: Ledger) {
        var segments = parts.map { BarSegment(Double(ledger[part: $0.part]), $0.scalar, $0.role) }
        segments.append(BarSegment(Double(ledger[part: .out]), "o", .dim))
        segments.append(BarSegment(Double(ledger[part: .unknown]), "-", .dim))
        frame.bar(rect, segments: segments, total: Double(ledger.total))
    }
}
