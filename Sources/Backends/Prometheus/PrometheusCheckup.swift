// SPDX-License-Identifier: Apache-2.0

package import Factory

/// One look at a server and all that it is asked for, in sentences.
package struct PrometheusCheckup: Sendable {
    package enum Verdict: Sendable { case fine, hint, wrong }

    /// In the order in which a start needs it.
    package private(set) var findings: [(verdict: Verdict, text: String)] = []

    /// What its targets say, for whoever looks at how it fits together.
    package private(set) var hosts: [HostFacts] = []
    package private(set) var engines: [EngineFacts] = []

    /// - Parameter now: the wall clock, as seconds since 1970.
    package init(_ settings: PrometheusSettings, at now: Double) async {
        var settings = settings
        settings.past = 0
        let observer = PrometheusObserver(settings)
        await look(settings, observer.client)
        guard findings.first?.verdict != .wrong else { return }
        let alertmanager = observer.manager
        await observer.ask(now: now, start: observer.elapsed())
        await judge(observer, settings.server.name, at: PlantTime(epoch: now))
        if let alertmanager { await look(at: alertmanager) }
    }

    private mutating func add(_ verdict: Verdict, _ text: String) { findings.append((verdict, text)) }

    /// Whether it answers at all, and what it says that it is.
    private mutating func look(_ settings: PrometheusSettings, _ client: PrometheusClient) async {
        switch await client.query("vector(1)") {
        case .failure(let failure): return add(.wrong, "\(settings.server.name): \(failure.text)")
        case .success: break
        }
        // Not every server with this API has this page.
        let build = await client.get("/api/v1/status/buildinfo", as: BuildReply.self)
        let version = if case .success(let reply) = build { reply.content.version } else { String?.none }
        add(.fine, "\(settings.server.name) answers\(version.map { ", version \($0.prefix(40))" } ?? "")")
    }

    private mutating func judge(_ observer: PrometheusObserver, _ server: String, at now: PlantTime) async {
        if let failure = await observer.failure { return add(.wrong, "\(server): \(failure.text)") }
        let names = await observer.names
        let targets = await observer.targets.values.sorted { $0.name < $1.name }
        guard let names, !names.isEmpty else {
            return add(
                .wrong,
                "\(server) has no metric that is known, so that nothing would be shown (docs/live.md lists what is)")
        }
        let products = Set(
            (names.series + names.unprefixed).flatMap { MetricNames.rows(of: $0).map(\.product.rawValue) }
        )
        .union(names.hasProcessors ? [MetricProduct.nodeExporter.rawValue] : [])
        add(
            .fine,
            "\(Words.count(names.count, "name")) of the catalogue, of \(products.sorted().joined(separator: ", "))")
        let up = targets.count { $0.isUp }
        add(up == targets.count ? .fine : .hint, "\(up) of \(Words.count(targets.count, "target")) up")
        for target in targets.lazy.filter({ !$0.isUp }).prefix(20) {
            add(.hint, "\(target.name) \(target.complaint(at: now) ?? "has given nothing yet")")
        }
        await countSilent(observer, known: Set(observer.targets.keys))
        if let remark = await observer.remark { add(.hint, "\(server) \(remark)") }
        hosts = targets.flatMap(\.facts.hosts)
        engines = targets.flatMap(\.facts.engines)
    }

    /// Targets that are down and of which the server has nothing: nobody can say whether they would be of use.
    private mutating func countSilent(_ observer: PrometheusObserver, known: Set<TargetKey>) async {
        guard case .success(let reply) = await observer.client.query("up == 0") else { return }
        let silent = reply.content.result.map { TargetKey($0.metric) }.filter { !known.contains($0) }
        guard !silent.isEmpty else { return }
        let names = silent.map { $0.instance.isEmpty ? $0.job : $0.instance }.sorted(by: HostNames.precedes)
        let are = "\(Words.count(silent.count, "more target")) of the server \(silent.count == 1 ? "is" : "are") down"
        add(.hint, "\(are) and gave nothing that is known: \(Words.names(names))")
    }

    private mutating func look(at alertmanager: PrometheusClient) async {
        let name = alertmanager.server.name
        switch await alertmanager.bare("/api/v2/silences", as: [SilenceReply].self) {
        case .failure(let failure): add(.wrong, "alertmanager \(name): \(failure.text)")
        case .success(let silences):
            add(.fine, "alertmanager \(name) answers, \(Words.count(silences.count, "silence"))")
        }
    }
}
