// SPDX-License-Identifier: Apache-2.0

import Control
import Factory
import Foundation
import Link
import Logging
import ServiceLifecycle
import Wire

/// One daemon from its start to its end: the plant, its diary, the socket, the metrics, and the wait for a signal.
struct DaemonRun {
    private let assembly: Assembly
    private let sockets: [ListeningSocket]
    private let access: Access
    private let states: any ViewStates
    private let log: DaemonLog
    private let stats = DaemonStats()
    private let notifier: Notifier?

    init(
        _ assembly: Assembly, _ settled: Configuration, on sockets: [ListeningSocket], _ access: Access,
        states: any ViewStates, log: DaemonLog
    ) {
        self.states = states
        self.assembly = assembly
        self.sockets = sockets
        self.access = access
        self.log = log
        notifier = settled.notify.map { [stats, logger = log.logger] settings in
            if let problem = Notifier.problem(with: settings.command) {
                logger.warning("notify.command cannot be run", metadata: ["why": "\(problem)"])
            }
            return Notifier(settings) { problem in
                stats.noticeFailed()
                logger.warning("nobody was told", metadata: ["why": "\(problem)"])
            }
        }
    }

    /// Serves until a signal comes.
    ///
    /// - Throws: `Complaint`.
    func run(metrics address: MetricsAddress?) async throws {
        let host = ServerTalk.Host(
            build: Version.current, plant: assembly.name, kind: assembly.kind, started: Date().timeIntervalSince1970)
        let link = LinkServer(assembly.plant, host: host, on: sockets, access, states: states) { [log] in log.hear($0) }
        let metrics = try await listen(address, link)
        log.began(
            assembly.name, kind: assembly.kind, socket: sockets[0].path, metrics: metrics?.address,
            notes: assembly.notes)
        // Before anybody is answered: one picture instead of the sixty of a simulation's past. Who connects meanwhile waits.
        await assembly.runPast()
        // Before anybody hears that it is there: who hears it may ask it to end.
        let signals = Signals([SIGTERM, SIGINT, SIGHUP])
        defer { signals.end() }
        let numbers = signals.numbers
        var parts = [
            part("plant") { [assembly, stats] in
                await assembly.plant.run(every: .seconds(assembly.interval)) { stats.polled($0) }
            }
        ]
        parts += assembly.sites.map { site in part("diary of \(site.name)") { await keepDiary(site.plant, site.name) } }
        parts.append(part("socket") { try await link.run() })
        if let metrics { parts.append(part("metrics") { await metrics.run() }) }
        parts.append(part("signals") { await serve(until: numbers, metrics) })
        var quiet = log.logger
        quiet.logLevel = .error
        do {
            try await DaemonService.group(parts, logger: quiet).run()
        } catch {
            log.logger.error("a part of the daemon failed", metadata: ["why": "\(error)"])
            sockets.forEach { $0.remove() }
            throw Complaint("the daemon has ended: \(error)", .failed)
        }
        notifier?.end()
        sockets.forEach { $0.remove() }
        log.logger.info("ended")
        Output.line("ended")
    }

    private func part(_ name: String, _ work: @escaping @Sendable () async throws -> Void) -> DaemonService {
        DaemonService(name: name, logger: log.logger, work: work)
    }

    private func listen(_ address: MetricsAddress?, _ link: LinkServer) async throws -> MetricsServer? {
        guard let address else { return nil }
        if !address.isLoopback {
            log.logger.warning("metrics are open to other hosts", metadata: ["address": "\(address)"])
        }
        let plants = assembly.sites.map(\.plant)
        do throws(LinkError) {
            return try await MetricsServer.bind(address) { [stats, counts = link.counts] in
                var snapshots: [FactorySnapshot] = []
                for plant in plants { if let newest = await plant.newest { snapshots.append(newest) } }
                return PlantPage.text(snapshots, link: counts.now, stats: stats.now)
            }
        } catch {
            throw error.complaint
        }
    }

    /// Says that it serves, and that it ends: the two lines that people and service managers wait for.
    private func serve(until signals: AsyncStream<Int32>, _ metrics: MetricsServer?) async {
        if let metrics { Output.line("metrics on \(metrics.address)") }
        Output.line("tokenworks serves \(assembly.name) on unix:\(sockets[0].path)")
        sockets[0].hasServed()
        log.logger.info("ready")
        Readiness.ready.tell()
        let number = await signals.first { _ in true }
        Readiness.stopping.tell()
        guard let number else { return }
        Output.line("signal \(number): ending")
        log.logger.info("ending", metadata: ["signal": .stringConvertible(Int(number))])
    }

    private func keepDiary(_ plant: any HostedPlant, _ name: String) async {
        var diary = PlantDiary()
        for await snapshot in await plant.snapshots() {
            for news in diary.see(snapshot) {
                log.hear(news, plant: name)
                if let notice = news.notice(plant: name, at: snapshot.at) { notifier?.send(notice) }
            }
        }
    }
}
