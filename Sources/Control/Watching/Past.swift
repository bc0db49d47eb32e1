// SPDX-License-Identifier: Apache-2.0

import Factory

/// What earlier runs have kept, as this one begins with it.
struct Past: Sendable {
    /// Of pools and plant; each is older and coarser than the one before.
    var series: [[TrendKey: Trend]] = []
    var nodes: [KeptChapter] = []

    /// So far back the past of a node is shown.
    private static let hour = Seconds(3600)
    /// So far back a past is read at the plant's pace, and by the minute: more than the coarsest columns show.
    private static let fine = Seconds(6 * 3600)
    private static let coarse = Seconds(30 * 86_400)

    /// Reads what was kept, as far back as a screen can show.
    static func read(from store: any PastStore, at now: PlantTime) async -> Past {
        let fine = now + Seconds(-fine.value)
        let coarse = now + Seconds(-coarse.value)
        var past = Past()
        past.series.append(
            SeriesChronicle.trends(
                await store.past(.series, .fine, since: fine, until: now), step: HistorySettings().finest, since: fine,
                until: now))
        past.series.append(
            SeriesChronicle.trends(
                await store.past(.series, .minute, since: coarse, until: now), step: Seconds(60), since: coarse,
                until: now))
        past.nodes = await store.past(.nodes, .fine, since: now + Seconds(-hour.value), until: now)
        return past
    }
}
