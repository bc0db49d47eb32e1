// SPDX-License-Identifier: Apache-2.0

import Factory

/// One round of questions: what is there, how it is, what it says, and what fires.
extension PrometheusObserver {
    /// So often names are looked for, and targets. Unit: s.
    private static let namesEvery = 60.0
    private static let targetsEvery = 15.0
    /// Clocks nearer than this are taken as one. Unit: s.
    private static let sameClock = 2.0

    /// - Parameters:
    ///   - now: the wall clock at the poll.
    ///   - start: the monotonic clock of the same moment.
    func ask(now: Double, start: Double) async {
        let wall: @Sendable () -> PlantTime = { [elapsed] in PlantTime(epoch: now + max(0, elapsed() - start)) }
        do throws(ScrapeFailure) {
            oddity = nil
            try await lookForNames(wall)
            try await lookForTargets(wall)
            try await lookAtHealth(wall)
            try await readPages(wall)
            answeredAt = wall()
            if failure != nil { tell(.source, "\(settings.server.name) answers again", at: wall()) }
            failure = nil
            await lookAtAlerts(wall)
            remark = oddity
            beginPast()
        } catch {
            if failure == nil {
                tell(answeredAt == nil ? .dead : .stale, "\(settings.server.name) \(error.text)", at: wall())
            }
            failure = error
            // What it has may be another thing when it is back.
            foundAt = nil
        }
    }

    func note(_ warnings: [String]) {
        guard oddity == nil, let first = warnings.first else { return }
        oddity = "answers in part: \(first.prefix(160))"
    }

    /// An answer's own time is the server's clock.
    func note(_ reply: PrometheusClient.Reply<QueryReply>, _ wall: () -> PlantTime) {
        note(reply.warnings)
        guard let time = reply.content.result.lazy.compactMap({ $0.value?.time }).first, (1...1e11).contains(time)
        else {
            return
        }
        serverNow = time
        // It was told at some moment between question and answer.
        let span = reply.elapsed - reply.began
        let ahead = time - wall().epoch + elapsed() - reply.elapsed
        let isSame = ahead <= Self.sameClock && ahead + span >= -Self.sameClock
        offset = isSame ? 0 : ahead + span / 2
        guard oddity == nil, offset != 0 else { return }
        let words = Words.ago(Seconds(abs(offset)))
        oddity = "has a clock \(words) \(offset > 0 ? "ahead of" : "behind") this host's"
    }

    // MARK: What is there

    private func lookForNames(_ wall: () -> PlantTime) async throws(ScrapeFailure) {
        if names != nil, let namedAt, elapsed() - namedAt < Self.namesEvery { return }
        let at = wall().epoch + offset
        let reply = try await client.names(from: at - 3600, to: at + 300).get()
        note(reply.warnings)
        names = PrometheusNames(among: reply.content)
        namedAt = elapsed()
    }

    private func lookForTargets(_ wall: () -> PlantTime) async throws(ScrapeFailure) {
        guard let names, !names.isEmpty else { return }
        if let foundAt, elapsed() - foundAt < Self.targetsEvery { return }
        let reply = try await client.query(names.targets).get()
        note(reply, wall)
        counts = [:]
        leftOut = 0
        for series in reply.content.result {
            let key = TargetKey(series.metric)
            counts[key] = series.value.map { Int(min(max(0, $0.value.isNaN ? 0 : $0.value), 1e7)) }
            if targets[key] == nil {
                guard targets.count < settings.targetLimit else {
                    leftOut += 1
                    continue
                }
                targets[key] = PrometheusTarget(key)
            }
        }
        if foundAt == nil, let question = names.earlierTargets {
            // What died before anybody looked gave something once. No answer: then it is not known, and that is all.
            if case .success(let reply) = await client.query(question) {
                earlier = Set(reply.content.result.prefix(settings.targetLimit).map { TargetKey($0.metric) })
            }
        }
        await countScrapes()
        foundAt = elapsed()
    }

    var jobs: [String] { Set(targets.keys.map(\.job)).union(earlier.map(\.job)).sorted() }

    private func countScrapes() async {
        guard !jobs.isEmpty else { return }
        let question = "count_over_time(up{\(PromQL.among("job", jobs))}[5m])"
        guard case .success(let reply) = await client.query(question) else { return }
        paces = [:]
        for series in reply.content.result {
            guard let count = series.value?.value, count >= 1 else { continue }
            paces[TargetKey(series.metric)] = 300 / count
        }
    }
}
