// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// What one target gave to a number.
struct OriginShare {
    var target: String
    var product: String
    var value: String
    var age: Seconds?
    var isStale = false
}

/// One number and where it comes from.
struct OriginRow {
    /// `llama-70b decode`.
    var name: String
    var value: TextRun
    /// Of the oldest part.
    var age: Seconds?
    /// In a sentence.
    var how: String
    var shares: [OriginShare] = []

    var cells: TableRow {
        TableRow([
            TableCell(SafeText(name)), TableCell(value.text, value.role),
            TableCell(SafeText(age.map { Words.age($0) } ?? "-"), value.role == .stale ? .stale : .dim),
            TableCell(SafeText(how), .dim),
        ])
    }
}

/// The numbers of a subject.
struct OriginRows {
    let title: String
    /// What is said where there are none.
    let empty: String
    let rows: [OriginRow]

    /// The addresses of targets are longer than the names of numbers.
    static func columns(_ subject: OriginSubject) -> [TableColumn] {
        let isTargets = subject == .sources
        return [
            TableColumn(isTargets ? "TARGET" : "NUMBER", minimum: 14, ideal: isTargets ? 44 : 30, priority: 10),
            TableColumn("NOW", minimum: 8, ideal: 9, priority: 9, align: .right),
            TableColumn("AGE", minimum: 5, priority: 8, align: .right),
            TableColumn("HOW", minimum: 12, priority: 7, grows: true),
        ]
    }

    init(_ subject: OriginSubject, _ snapshot: FactorySnapshot) {
        switch subject {
        case .node(let id):
            title = "node \(id)"
            empty = "no source speaks of it any more"
            rows = snapshot.nodes.ids.firstIndex(of: id).map { NodeOrigins($0, snapshot).rows } ?? []
        case .classes:
            title = "serving classes"
            empty = "no source speaks of a class"
            rows = snapshot.classes.flatMap { ClassOrigins($0, snapshot).rows }
        case .job(let id):
            title = id.map { "training job \($0)" } ?? "training jobs"
            empty = id == nil ? "no source names jobs" : "no source speaks of it any more"
            rows = snapshot.jobs.first { $0.id == id }.map { JobOrigins($0, snapshot).rows } ?? []
        case .sources:
            title = "sources and targets"
            empty = "no source has answered yet"
            let targets = snapshot.provenance.targets
            rows =
                snapshot.sources.map { Self.source($0, snapshot) }
                + (targets.filter { !$0.isUp } + targets.filter(\.isUp)).map { Self.target($0, snapshot) }
        }
    }

    private static func source(_ source: SourceStatus, _ snapshot: FactorySnapshot) -> OriginRow {
        let age = source.answeredAt.map { snapshot.at - $0 }
        let isOld = age.map { $0 > source.staleAfter } ?? true
        let up = "\(source.targetsUp)/\(source.targets) up"
        var row = OriginRow(
            name: source.name,
            value: TextRun(up, isOld ? .stale : source.targetsUp < source.targets ? .warning : .text), age: age,
            how: source.problem ?? (age == nil ? "has not answered yet" : "every target answers"))
        row.shares = source.dead.map { dead in
            OriginShare(
                target: dead.name, product: dead.reason, value: "no answer",
                age: dead.lastSeen.map { snapshot.at - $0 }, isStale: true)
        }
        return row
    }

    private static func target(_ target: TargetHealth, _ snapshot: FactorySnapshot) -> OriginRow {
        let size =
            target.answeredAt == nil
            ? []
            : (target.bytes > 0 ? ["\(Words.compact(Double(target.bytes)))B"] : [])
                + [Words.count(target.series, "number")]
        let time = target.duration.map { ["in \(Words.fixed($0.value * 1000, 0)) ms"] } ?? []
        let how = [target.problem.map { [$0] } ?? [], size, time].joined().joined(separator: ", ")
        return OriginRow(
            name: target.name, value: TextRun(target.isUp ? "up" : "down", target.isUp ? .text : .warning),
            age: target.answeredAt.map { snapshot.at - $0 }, how: how)
    }
}

/// The address of a target as people say it.
func plainTarget(_ url: String) -> String {
    var text = Substring(url)
    if text.hasPrefix("http://") { text = text.dropFirst(7) }
    if text.hasSuffix("/metrics") { text = text.dropLast(8) }
    return String(text)
}

/// What a simulation says instead of series and targets.
let simulatedOrigin = "the simulation makes it; on a live plant: series, targets and their age"
