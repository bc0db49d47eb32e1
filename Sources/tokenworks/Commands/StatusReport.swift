// SPDX-License-Identifier: Apache-2.0

import Factory

/// The object that `tokenworks status --json` prints. Unknown is null, never 0; docs/status.md describes every field.
struct StatusReport: Encodable {
    var source: String
    /// The plant's name; of a factory of several sites the site's.
    var plant: String
    /// The other sites of the factory.
    var otherSites: [String]
    var takenAt: String
    var nodes: [(name: String, count: Int?)]
    var inferenceWaiting: Int?
    var trainingPending: Int?
    var prefill: Double?
    var decode: Double?
    var allocation: [(name: String, count: Int?)]
    var revision: UInt64?
    var trained: Double?
    /// Unit: s; nil where what is trained is fresh or unknown.
    var trainedAge: Double?
    var classes: [ClassReport]
    var jobs: [JobReport]
    var targets: [Target]
    var odd: [OddTarget]
    var hints: [String]

    struct Target {
        var name: String
        var up: Bool
        var problem: String?
    }

    init(_ snapshot: FactorySnapshot) {
        // A count beside nodes that no source speaks of would be too low, and look certain.
        let known =
            snapshot.nodes.count > 0 && snapshot.ledger[LedgerState.unknown] == 0
            && snapshot.classes.allSatisfy { $0.nodesAreKnown && !$0.parts.contains(.nodes) }
        source = snapshot.kind == .live ? "live" : "simulated"
        plant = snapshot.plant
        otherSites = snapshot.sites.map(\.site).filter { $0 != snapshot.site }.map(\.name)
        takenAt = snapshot.at.iso8601
        nodes = [("total", snapshot.nodes.count)]
        for state in LedgerState.allCases where state != .unknown {
            // What has failed is said whatever else is unknown.
            let isNews = state == .failed && snapshot.ledger[state] > 0
            nodes.append((state.rawValue, known || isNews ? snapshot.ledger[state] : nil))
        }
        // A part is not the whole: where a class does not say, nobody knows the sum.
        let waiting = snapshot.isPartial(\.waiting) ? nil : snapshot.waiting.known
        inferenceWaiting = waiting.flatMap { Self.whole($0.value) }
        trainingPending = snapshot.training?.pendingJobs
        prefill = snapshot.isPartial(\.prefill) ? nil : Self.finite(snapshot.prefill.known?.value)
        decode = snapshot.isPartial(\.decode) ? nil : Self.finite(snapshot.decode.known?.value)
        allocation = AllocationPart.allCases.filter { $0 != .unknown }.map {
            ($0.rawValue, known || $0 == .failed && snapshot.ledger[part: $0] > 0 ? snapshot.ledger[part: $0] : nil)
        }
        revision = known ? snapshot.revision.number : nil
        trained = Self.finite(snapshot.trained.known?.value)
        if case .stale(_, let age) = snapshot.trained { trainedAge = age.value }
        jobs = snapshot.kind == .live ? snapshot.jobs.map(JobReport.init) : []
        classes = snapshot.classes.map(ClassReport.init)
        targets = snapshot.sources.flatMap(\.dead).map { Target(name: $0.name, up: false, problem: $0.reason) }
        odd = snapshot.sources.flatMap(\.odd)
        hints = snapshot.sources.flatMap(\.hints)
    }

    /// nil for what JSON cannot hold.
    private static func finite(_ number: Double?) -> Double? { number.flatMap { $0.isFinite ? $0 : nil } }

    /// A page may say 1e300: no count that an `Int` holds, and nothing to believe.
    private static func whole(_ number: Double?) -> Int? {
        number.flatMap { Int(exactly: $0.rounded()) }
    }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var top = encoder.container(keyedBy: Key.self)
        try top.encode(source, forKey: Key("source"))
        try top.encode(plant, forKey: Key("plant"))
        try top.encode(otherSites, forKey: Key("other_sites"))
        try top.encode(takenAt, forKey: Key("taken_at"))
        var nodes = top.nestedContainer(keyedBy: Key.self, forKey: Key("nodes"))
        for row in self.nodes { try nodes.encode(row.count, forKey: Key(row.name)) }
        var queue = top.nestedContainer(keyedBy: Key.self, forKey: Key("queue"))
        try queue.encode(inferenceWaiting, forKey: Key("inference_waiting"))
        try queue.encode(trainingPending, forKey: Key("training_pending"))
        var tokens = top.nestedContainer(keyedBy: Key.self, forKey: Key("tokens_per_second"))
        try tokens.encode(prefill, forKey: Key("prefill"))
        try tokens.encode(decode, forKey: Key("decode"))
        try tokens.encode(trained, forKey: Key("trained"))
        try tokens.encode(trainedAge, forKey: Key("trained_age"))
        var allocation = top.nestedContainer(keyedBy: Key.self, forKey: Key("allocation"))
        for row in self.allocation { try allocation.encode(row.count, forKey: Key(row.name)) }
        try allocation.encode(revision, forKey: Key("revision"))
        try top.encode(classes, forKey: Key("classes"))
        try top.encode(jobs, forKey: Key("jobs"))
        var dead = top.nestedUnkeyedContainer(forKey: Key("dead_targets"))
        for target in targets {
            var row = dead.nestedContainer(keyedBy: Key.self)
            try row.encode(target.name, forKey: Key("target"))
            try row.encode(target.problem, forKey: Key("reason"))
        }
        var odd = top.nestedUnkeyedContainer(forKey: Key("odd_targets"))
        for target in self.odd {
            var row = odd.nestedContainer(keyedBy: Key.self)
            try row.encode(target.name, forKey: Key("target"))
            try row.encode(target.remark, forKey: Key("remark"))
        }
        try top.encode(hints, forKey: Key("hints"))
    }
}

extension StatusReport {
    /// The same for people: two columns, `-` for what nobody said.
    var lines: [String] {
        func row(_ name: String, _ value: String) -> String {
            name + String(repeating: " ", count: max(1, 24 - name.count)) + value
        }
        func number(_ value: Int?) -> String { value.map(String.init) ?? "-" }
        func rate(_ value: Double?) -> String { Self.whole(value).map { "\($0) tok/s" } ?? "-" }
        var lines = [row("source", source), row("plant", plant)]
        if !otherSites.isEmpty { lines.append(row("other sites (--site)", otherSites.joined(separator: ", "))) }
        lines.append(row("taken at", takenAt))
        lines += nodes.map { row("nodes \($0.name)", number($0.count)) }
        lines += [
            row("queue inference", inferenceWaiting.map { "\($0) waiting" } ?? "-"),
            row("queue training", trainingPending.map { "\($0) jobs pending" } ?? "-"),
            row("prefill", rate(prefill)), row("decode", rate(decode)),
            row("trained", rate(trained) + (trainedAge.map { ", \(Words.age(Seconds($0))) old" } ?? "")),
        ]
        lines += allocation.map { row("allocation \($0.name)", number($0.count)) }
        lines.append(row("allocation revision", revision.map { String($0) } ?? "-"))
        lines += classes.map { row("class \($0.name)", $0.text) }
        lines += targets.map { row("dead target", "\($0.name): \($0.problem ?? "no reason given")") }
        lines += odd.map { row("odd target", "\($0.name) \($0.remark)") }
        lines += hints.map { row("hint", $0) }
        return lines
    }
}
