// SPDX-License-Identifier: Apache-2.0

import Factory

/// What changed, from all sources and from the desk, newest first.
struct EventLog: Sendable {
    /// Alarms that follow each other within this time belong to one chain.
    static let chain = Seconds(600)

    /// So far apart the same words are one event. Unit: plant seconds.
    private static let echo = Seconds(30)

    private(set) var newestFirst: [FactoryEvent] = []
    private var lastID: UInt64 = 0

    /// Adds events, oldest first. They get numbers of this log: each source counts its own.
    mutating func add(_ events: [FactoryEvent]) {
        for var event in events.sorted(by: { $0.at < $1.at }) where !isKnown(event) {
            lastID += 1
            event.id = lastID
            let place = newestFirst.firstIndex { $0.at <= event.at } ?? newestFirst.endIndex
            event.isFirstOut = Self.isAlarm(event) && !follows(event, from: place)
            newestFirst.insert(event, at: place)
        }
        let surplus = newestFirst.count - FactorySnapshot.eventLimit
        if surplus > 0 { newestFirst.removeLast(surplus) }
    }

    /// Forgets everything: the plant's clock went back, this is another run.
    mutating func restart() { newestFirst = [] }

    /// Two sources that see one fault tell it in the same words, at most a poll or two apart.
    private func isKnown(_ event: FactoryEvent) -> Bool {
        guard event.kind == .failed || event.kind == .change else { return false }
        return newestFirst.lazy.prefix { event.at - $0.at <= Self.echo }
            .contains { $0.kind == event.kind && $0.text == event.text && $0.at - event.at <= Self.echo }
    }

    /// Whether an alarm shortly before this one already began the chain.
    private func follows(_ event: FactoryEvent, from place: Int) -> Bool {
        newestFirst[place...].lazy.prefix { event.at - $0.at <= Self.chain }.contains(where: Self.isAlarm)
    }

    /// A hold is abnormal and worth its colour, but an operator's doing and no symptom.
    private static func isAlarm(_ event: FactoryEvent) -> Bool { event.kind.isAbnormal && event.kind != .hold }
}
