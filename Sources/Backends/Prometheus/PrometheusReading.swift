// SPDX-License-Identifier: Apache-2.0

import Factory

/// What the targets say, and what of it fires or was.
extension PrometheusObserver {
    /// Batches that are under way at a time: their answers are in memory.
    private static let batchesAtOnce = 2

    func readPages(_ wall: () -> PlantTime) async throws(ScrapeFailure) {
        guard let names, !names.isEmpty else { return }
        // Between two answers its clock goes on as this one does.
        serverNow = max(serverNow, wall().epoch + offset)
        let due = targets.values.filter { $0.isDue(at: serverNow) }
        let batches = PrometheusBatch.making(Array(due), paces: paces, counts: counts, limit: seriesPerQuery)
        var refusals: [ScrapeFailure] = []
        var answers = 0
        await withTaskGroup(of: Result<(targets: [PrometheusTarget], warnings: [String]), ScrapeFailure>.self) {
            group in
            for (index, batch) in batches.enumerated() {
                if index >= Self.batchesAtOnce, let done = await group.next() {
                    take(done, &refusals, &answers, wall())
                }
                group.addTask { [client, serverNow, offset, settings] in
                    await batch.ask(client, names, now: serverNow, offset: offset, poll: settings.interval)
                }
            }
            for await done in group { take(done, &refusals, &answers, wall()) }
        }
        guard let first = refusals.first else {
            seriesPerQuery = min(settings.seriesPerQuery, seriesPerQuery * 2)
            return
        }
        // Too much at once is refused, or not done in time: the next round asks for less at a time.
        seriesPerQuery = max(200, seriesPerQuery / 2)
        if answers == 0 { throw first }
        oddity = first.text
    }

    private func take(
        _ result: Result<(targets: [PrometheusTarget], warnings: [String]), ScrapeFailure>,
        _ refusals: inout [ScrapeFailure], _ answers: inout Int, _ at: PlantTime
    ) {
        switch result {
        case .failure(let failure): refusals.append(failure)
        case .success(let (read, warnings)):
            answers += 1
            note(warnings)
            for target in read {
                let before = targets[target.key]?.facts.hosts ?? []
                for news in MachineNews.of(target.facts.hosts, before: before) { tell(news.kind, news.text, at: at) }
                for text in evictions.take(target.facts.queues) { tell(.job, text, at: at) }
                targets[target.key] = target
            }
        }
    }

    // MARK: What fires

    func lookAtAlerts(_ wall: () -> PlantTime) async {
        switch await client.query(AlertReading.query) {
        case .failure(let failure): oddity = oddity ?? "\(failure.text), asked for its alerts"
        case .success(let reply):
            var reading = AlertReading(reply.content, offset: offset)
            if let manager, !reading.firing.isEmpty {
                do throws(ScrapeFailure) {
                    let alerts = try await manager.bare("/api/v2/alerts", as: [ManagedAlert].self).get()
                    let silences = try await manager.bare("/api/v2/silences", as: [SilenceReply].self).get()
                    reading.note(alerts, silences)
                } catch {
                    oddity = oddity ?? "is well, but its alertmanager \(manager.server.name) \(error.text)"
                    // Who has silenced what is not known now; what fires is told all the same.
                    for index in reading.firing.indices { reading.firing[index].isUnsure = true }
                }
            }
            for news in book.take(reading.firing, at: wall()) {
                tell(news.kind, news.text, node: news.node, at: news.at)
            }
        }
    }

    // MARK: What was

    /// Between two values of the past. Unit: s.
    private static let pastStep = 15.0

    func beginPast() {
        guard pastTask == nil, settings.past > 0, serverNow > 0, let names, !names.isEmpty else { return }
        let slowest = targets.values.compactMap(\.spacing).max() ?? 15
        let queries = PastQueries(names, window: min(max(60, 4 * slowest), 600))
        // It ends where watching begins, so that no gap is between the two.
        let end = serverNow
        let begin = max(0, end - (settings.past / Self.pastStep).rounded(.down) * Self.pastStep)
        pastTask = Task { [client, offset] in
            var reading = PastReading(from: begin, to: end, step: Self.pastStep)
            // One after the other: nobody waits for them, and the server has other readers.
            for question in queries.all {
                let reply = await client.range(question.expression, from: begin, to: end, step: Self.pastStep)
                // A past that is not told is none.
                if case .success(let reply) = reply { reading.add(reply.content, to: question) }
            }
            past = reading.trends(offset: offset)
        }
    }
}
