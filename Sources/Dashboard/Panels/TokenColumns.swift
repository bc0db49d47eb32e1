// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// The columns of the Tokens/s panel at a width: a `!` stands where a promise is broken.
struct TokenColumns {
    private let name: Int
    /// What a panel has room for beside: the middle and the far tail, what meets its level, how fast its budget burns.
    private let extras: [Extra]

    private struct Extra {
        let title: String
        let width: Int
        let text: @Sendable (PoolState) -> TextRun
    }

    private static let everyExtra: [Extra] = [
        Extra(title: "OK%", width: 7) { $0.attainment.run { Words.fixed(($0.value * 1000).rounded(.down) / 10, 1) } },
        Extra(title: "BURN", width: 6) { $0.burn.run { Words.short($0.value) } },
        Extra(title: "GOOD/S", width: 8) { $0.goodput.run { Words.compact($0.value) } },
        Extra(title: "TTFT50", width: 8) { $0.ttft50.run(Figures.latency) },
        Extra(title: "TTFT99", width: 8) { $0.ttft99.run(Figures.latency) },
        Extra(title: "ITL50", width: 7) { $0.itl50.run(Figures.milliseconds) },
        Extra(title: "ITL99", width: 7) { $0.itl99.run(Figures.milliseconds) },
        Extra(title: "EVICT/S", width: 8) { $0.preempted.run { Words.short($0.value) } },
    ]

    /// What only some plants know: a column of dashes would say nothing.
    private static let rareExtras: [(extra: Extra, isKnown: @Sendable (PoolState) -> Bool)] = [
        (Extra(title: "E2E95", width: 8) { $0.e2e95.run(Figures.latency) }, { $0.e2e95.known != nil }),
        (
            Extra(title: "DRAFT%", width: 8) { $0.acceptance.run { Words.fixed($0.value * 100, 0) } },
            { $0.acceptance.known != nil }
        ),
    ]

    init(width: Int, classes: [PoolState]) {
        name = max(7, min(18, width - 33))
        var free = width - name - 33
        let rare = Self.rareExtras.filter { classes.contains(where: $0.isKnown) }.map(\.extra)
        extras = (Self.everyExtra + rare).prefix { extra in
            free -= extra.width
            return free >= 0
        }
    }

    var head: TextLine {
        var line = TextLine()
        line.tab(to: name, .title)
        for (title, width) in [("tok/s", 7), ("/GPU", 6), ("TTFT95", 8), ("ITL95", 7), ("KV%", 5)] {
            // The last column of each field is the mark's.
            line.addRight(title == "tok/s" || title == "/GPU" ? title : title + " ", .title, width: width)
        }
        for extra in extras { line.addRight(extra.title, .title, width: extra.width) }
        return line
    }

    func row(_ pool: PoolState) -> TextLine {
        var line = TextLine()
        line.addLeft(pool.pool.shortName + (pool.isHurt ? "!" : ""), pool.isHurt ? .alarm : .text, width: name)
        line.addRight(pool.decode.run { (pool.isPart(\.decode) ? ">" : "") + Words.compact($0.value) }, width: 7)
        line.addRight(pool.decodePerGPU.run { Words.fixed($0.value, 0) }, width: 6)
        line.addRight(Self.ttft(pool), width: 8)
        line.addRight(Self.itl(pool), width: 7)
        line.addRight(Self.kv(pool), width: 5)
        for extra in extras { line.addRight(extra.text(pool), width: extra.width) }
        return line
    }

    /// `think!  893 k TTFT95 17.1 s! KV 94!`: with the names of the numbers, for panels without a head.
    static func compactRow(_ pool: PoolState) -> TextLine {
        var line = TextLine()
        line.addLeft(pool.pool.shortName + (pool.isHurt ? "!" : ""), pool.isHurt ? .alarm : .text, width: 7)
        line.addRight(pool.decode.run { (pool.isPart(\.decode) ? ">" : "") + Words.compact($0.value) }, width: 7)
        line.add(" TTFT95", .dim)
        line.addRight(ttft(pool), width: 8)
        line.add(" KV", .dim)
        line.addRight(kv(pool), width: 5)
        return line
    }

    private static func ttft(_ pool: PoolState) -> TextRun {
        marked(pool.ttft95, limit: pool.level?.ttft, role: .alarm, Figures.latency)
    }

    private static func itl(_ pool: PoolState) -> TextRun {
        marked(pool.itl95, limit: pool.level?.itl, role: .alarm, Figures.milliseconds)
    }

    /// A cache this full evicts what will be asked for again.
    private static func kv(_ pool: PoolState) -> TextRun {
        marked(pool.kvUse, limit: Share(0.9), role: .warning) { Words.fixed($0.value * 100, 0) }
    }

    private static func marked<M: Measure>(
        _ reading: Reading<M>, limit: M?, role: Role, _ format: (M) -> String
    ) -> TextRun {
        let run = reading.run(format)
        guard case .fresh(let value) = reading, let limit, value > limit else {
            return TextRun(run.text.string + " ", run.role)
        }
        return TextRun(run.text.string + "!", role)
    }
}
