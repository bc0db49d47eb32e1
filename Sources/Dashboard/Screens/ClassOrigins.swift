// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Where the numbers of one serving class come from.
struct ClassOrigins {
    let pool: PoolState
    let snapshot: FactorySnapshot
    private let engines: [EngineFacts]
    private let members: ClassMembers?

    init(_ pool: PoolState, _ snapshot: FactorySnapshot) {
        self.pool = pool
        self.snapshot = snapshot
        engines = pool.pool.servingClass.map { snapshot.provenance.engines(of: $0) } ?? []
        members = pool.pool.servingClass.map { snapshot.provenance.members(of: $0, at: snapshot.at) }
    }

    /// How the engines' shares become the class's number.
    private enum Join: String {
        case sum, mean
        case together = "counted together"
        case ratio = "over the tokens of all"
    }

    var rows: [OriginRow] {
        let counts: [OriginRow] = [
            row(
                "running", members?.counted(\.running), pool.running.run { part(.running) + Words.compact($0.value) },
                [[.running], [.inflight, .waiting]], .sum
            ) {
                $0.running.map { Words.compact($0) }
            },
            row(
                "waiting", members?.counted(\.waiting), pool.waiting.run { part(.waiting) + Words.compact($0.value) },
                [[.waiting]], .sum
            ) {
                $0.waiting.map { Words.compact($0) }
            },
            row(
                "decode tok/s", members?.counted(\.decode), pool.decode.run { part(.decode) + Words.compact($0.value) },
                [[.decode]], .sum
            ) {
                $0.decode.map { Words.compact($0) }
            },
            row(
                "prefill tok/s", members?.counted(\.prefill),
                pool.prefill.run { part(.prefill) + Words.compact($0.value) }, [[.computed], [.prompt, .cached]], .sum
            ) { $0.prefill.map { Words.compact($0) } },
        ]
        let shares: [OriginRow] = [
            row(
                "cache hit", members?.counted(\.cached), pool.cachedShare.run { Words.percent($0.value) },
                [[.cached, .prompt, .computed], [.hitRate]],
                .ratio
            ) { engine in
                guard let cached = engine.cached, let prompt = engine.prompt, prompt > 0 else { return nil }
                return Words.percent(cached / prompt)
            },
            row("KV use", members?.counted(\.kvUse), pool.kvUse.run { Words.percent($0.value) }, [[.kvUse]], .mean) {
                $0.kvUse.map { Words.percent($0) }
            },
            row(
                "pre-empted", members?.counted(\.preempted), pool.preempted.run { Words.rate($0) }, [[.preempted]], .sum
            ) {
                $0.preempted.map { Words.rate(RequestsPerSecond($0)) }
            },
            row("TTFT p95", members?.watching, pool.ttft95.run { Figures.latency($0) }, [[.ttft]], .together) {
                $0.ttft?.quantile(0.95).map { Figures.latency(Seconds($0)) }
            },
            row("ITL p95", members?.watching, pool.itl95.run { Figures.milliseconds($0) }, [[.itl]], .together) {
                $0.itl?.quantile(0.95).map { Figures.milliseconds(Seconds($0)) }
            },
        ]
        let ends: [OriginRow] = [
            row("answered", members?.ending, pool.finished.run { Words.rate($0) }, [[.finished]], .sum) {
                $0.finished.map { Words.rate(RequestsPerSecond($0)) }
            },
            row("failed", members?.ending, pool.failed.run { Words.rate($0) }, [[.failed]], .sum) {
                $0.failed.map { Words.rate(RequestsPerSecond($0)) }
            },
            row("E2E p95", members?.watching, pool.e2e95.run { Figures.latency($0) }, [[.e2e]], .together) {
                $0.e2e?.quantile(0.95).map { Figures.latency(Seconds($0)) }
            },
            row("in queue p95", members?.all, pool.queued95.run { Figures.latency($0) }, [[.queued]], .together) {
                $0.queued?.quantile(0.95).map { Figures.latency(Seconds($0)) }
            },
            row("drafts taken", members?.all, pool.acceptance.run { Words.percent($0.value) }, [[.drafted]], .ratio) {
                engine in
                guard let drafted = engine.drafted, let accepted = engine.accepted, drafted > 0 else { return nil }
                return Words.percent(accepted / drafted)
            },
        ]
        // What no engine has a name for is not asked after.
        let told = ends.filter { !engines.isEmpty && !$0.how.hasPrefix(Self.unsaid) }
        return counts + shares + told + [nodes]
    }

    /// - Parameter fields: of several ways to say it the first that the products have.
    private func row(
        _ number: String, _ counted: [EngineFacts]?, _ value: TextRun, _ fields: [[Origin.Field]], _ join: Join,
        _ share: (EngineFacts) -> String?
    ) -> OriginRow {
        var row = OriginRow(name: "\(pool.pool.shortName) \(number)", value: value, age: nil, how: "")
        guard !engines.isEmpty else {
            row.how = isSimulated ? simulatedOrigin : "no exporter says it"
            if isSimulated { row.age = Seconds(0) }
            return row
        }
        let counted = counted ?? []
        let said = counted.filter { share($0) != nil }
        row.age = said.map { snapshot.at - $0.at }.max()
        row.how = how(fields, join, by: said.isEmpty ? engines : said, said.count)
        row.shares = engines.map { engine in
            let age = snapshot.at - engine.at
            let isCounted = counted.contains { Self.isSame($0, engine) }
            return OriginShare(
                target: plainTarget(engine.target),
                product: "\(engine.product) engine \(engine.engine)\(isCounted ? "" : ", not counted")",
                value: share(engine) ?? "-", age: age, isStale: age > engine.staleAfter)
        }
        return row
    }

    private static func isSame(_ left: EngineFacts, _ right: EngineFacts) -> Bool {
        left.target == right.target && left.product == right.product && left.engine == right.engine
    }

    /// More is true where an engine does not say what the others do.
    private func part(_ sum: PartialSums) -> String { pool.parts.contains(sum) ? ">" : "" }

    private func how(_ fields: [[Origin.Field]], _ join: Join, by said: [EngineFacts], _ count: Int) -> String {
        // Each product in the way it has.
        let origins = Set(said.map(\.product)).sorted().flatMap { product in
            fields.lazy.map { way in way.flatMap { snapshot.provenance.origins(of: $0, by: [product]) } }
                .first { !$0.isEmpty } ?? []
        }
        guard !origins.isEmpty else { return Self.unsaid }
        let series = origins.map { "\($0.series) \($0.rule)" }.joined(separator: "; ")
        guard count > 0 else { return "\(series): no engine says it now" }
        return "\(series); \(join.rawValue) of \(Words.count(count, "engine"))"
    }

    private static let unsaid = "no engine of the class says it"

    private var isSimulated: Bool { if case .simulated = snapshot.kind { true } else { false } }

    private var nodes: OriginRow {
        let hosts = Set(engines.map(\.address))
        let value = pool.nodesAreKnown ? TextRun(part(.nodes) + String(pool.nodes)) : TextRun("-", .dim)
        let how =
            isSimulated
            ? simulatedOrigin
            : "hosts on which an engine of the class answers; its engines are at \(Words.names(hosts.sorted()))"
        return OriginRow(
            name: "\(pool.pool.shortName) nodes", value: value, age: isSimulated ? Seconds(0) : nil, how: how)
    }
}
