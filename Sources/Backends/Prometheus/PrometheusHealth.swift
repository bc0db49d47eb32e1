// SPDX-License-Identifier: Apache-2.0

import Factory

/// How the targets are, as the server sees them.
extension PrometheusObserver {
    /// A target that the server has given up is shown for so long. Unit: s.
    private static let goneFor = 600.0

    func lookAtHealth(_ wall: @escaping @Sendable () -> PlantTime) async throws(ScrapeFailure) {
        guard !jobs.isEmpty else { return }
        let reply = try await client.query("up{\(PromQL.among("job", jobs))}").get()
        note(reply, wall)
        var health: [TargetKey: Bool] = [:]
        // Two series of one target: it is up when one of them says so.
        for series in reply.content.result {
            let key = TargetKey(series.metric)
            health[key] = (series.value?.value == 1) || (health[key] ?? false)
        }
        for key in earlier where health[key] == false && targets[key] == nil && targets.count < settings.targetLimit {
            targets[key] = PrometheusTarget(key)
        }
        var unknown: [TargetKey] = []
        for (key, target) in targets {
            let isUp = health[key]
            // What a part of the answer does not speak of is not gone.
            if isUp == nil, !reply.warnings.isEmpty { continue }
            let next = Self.health(after: target, isUp: isUp, at: wall())
            if next == .down(since: nil), target.health != next { unknown.append(key) }
            change(key, to: next, at: wall())
        }
        let now = wall()
        targets = targets.filter { _, target in
            switch target.health {
            case .gone(let since): now - since < Seconds(Self.goneFor)
            case .untold: target.lastSeen.map { now - $0 < Seconds(Self.goneFor) } ?? true
            case .up, .down: true
            }
        }
        if leftOut > 0 { oddity = oddity ?? "has \(leftOut) more targets than are read" }
        if !unknown.isEmpty { await lookBack(unknown) }
        if targets.values.contains(where: { if case .down = $0.health { $0.lastError == nil } else { false } }) {
            await lookForReasons()
        }
    }

    private static func health(
        after target: PrometheusTarget, isUp: Bool?, at now: PlantTime
    ) -> PrometheusTarget.Health {
        switch (isUp, target.health) {
        case (true?, _): .up
        case (false?, .down(let since)): .down(since: since)
        case (false?, _): .down(since: target.lastSeen)
        case (nil, .untold): .untold
        case (nil, .gone(let since)): .gone(since: since)
        case (nil, _): .gone(since: now)
        }
    }

    private func change(_ key: TargetKey, to next: PrometheusTarget.Health, at now: PlantTime) {
        guard var target = targets[key], target.health != next else { return }
        let wasUp = target.isUp
        let isNew = target.newest == nil
        target.health = next
        if next == .up { target.lastError = nil }
        targets[key] = target
        if target.isUp, !wasUp, !isNew {
            tell(.source, "\(target.name) answers again", at: now)
        } else if !target.isUp, wasUp, let complaint = target.complaint(at: now) {
            tell(target.lastSeen == nil ? .dead : .stale, "\(target.name) \(complaint)", at: now)
        }
    }

    /// Since when targets are down that were down already when they were first looked at.
    private func lookBack(_ keys: [TargetKey]) async {
        let matchers = [
            PromQL.among("job", Set(keys.map(\.job)).sorted()),
            PromQL.among("instance", Set(keys.map(\.instance)).sorted()),
        ].joined(separator: ",")
        // Exactly, where it was lately; else to the minute.
        for question in ["up{\(matchers)}[10m]", "max_over_time(timestamp(up{\(matchers)} == 1)[6h:1m])"] {
            guard case .success(let reply) = await client.query(question, at: serverNow) else { return }
            for series in reply.content.result {
                let key = TargetKey(series.metric)
                let last = series.values?.last { $0.value == 1 }?.time ?? series.value?.value
                guard let last, last.isFinite, targets[key]?.health == .down(since: nil) else { continue }
                targets[key]?.health = .down(since: PlantTime(epoch: last - offset))
            }
        }
    }

    /// Thanos and Mimir have no such list, and then there are no reasons.
    private func lookForReasons() async {
        let reply = await client.get("/api/v1/targets?state=active", as: TargetsReply.self)
        guard case .success(let reply) = reply else { return }
        for active in reply.content.activeTargets {
            let key = TargetKey(active.labels)
            guard let error = active.lastError, !error.isEmpty, let target = targets[key], case .down = target.health
            else { continue }
            targets[key]?.lastError = error
        }
    }
}
