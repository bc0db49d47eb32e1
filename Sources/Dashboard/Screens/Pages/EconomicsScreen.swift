// SPDX-License-Identifier: Apache-2.0

import Factory
package import Screen

/// Money and energy at the present rates: what the plant draws, costs and earns, and which class earns it.
package struct EconomicsScreen: OverlayScreen {
    private var page = PageLines()

    package init() {}

    package var kind: ScreenKind { .economics }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        page.receive(intent) ? [] : nil
    }

    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let picture = EconomicsPicture(context.snapshot, width: area.width)
        page.draw(picture.head, picture.lines, into: &frame, area: area)
    }
}

/// The lines of the economics.
struct EconomicsPicture {
    let snapshot: FactorySnapshot
    let width: Int

    init(_ snapshot: FactorySnapshot, width: Int) {
        self.snapshot = snapshot
        self.width = width
    }

    var head: TextLine {
        var line = TextLine("ECONOMICS ", .title)
        guard let economy = snapshot.economy else {
            line.add("no source speaks of money or energy", .dim)
            return line
        }
        // Training has no price here: set against the same revenue, a plant in perfect health would lose money.
        let margins = economy.classes.map(\.margin.known)
        guard !margins.contains(nil), let all = economy.margin.known else {
            line.add("at the present rates", .dim)
            return line
        }
        let serving = margins.reduce(0) { $0 + ($1?.value ?? 0) }
        line.add("an hour: serving \(serving < 0 ? "loses" : "earns") ", .dim)
        line.add(Money.text(abs(serving)))
        line.add(", training and spares cost ", .dim)
        line.add(Money.text(max(0, serving - all.value)))
        return line
    }

    var lines: [RankedLine] {
        guard let economy = snapshot.economy else { return [] }
        var lines = [RankedLine.air]
        lines += (power(economy) + energy(economy)).map { RankedLine($0, rank: 0) }
        lines.append(.air)
        lines += (money(economy) + yield(economy)).map { RankedLine($0, rank: 0) }
        lines.append(.air)
        let rows = table
        lines.append(RankedLine(rows.heading, rank: 0))
        for row in economy.classes { lines.append(RankedLine(line(of: row, in: rows), rank: 0)) }
        lines.append(.air)
        lines += notes.ranked(1)
        return lines
    }

    private func head(_ name: String) -> TextLine { TextLine(SafeText(name).padded(to: 9).string, .title) }

    private func power(_ economy: Economy) -> [TextLine] {
        var line = head("POWER")
        line.add("machines ", .dim)
        line.add(economy.itPower.run { Money.power($0.value) })
        line.add("  PUE ", .dim)
        line.add(economy.pue.run { Words.fixed($0.value, 2) })
        line.add("  building ", .dim)
        let building = economy.itPower.known.flatMap { power in economy.pue.known.map { power.value * $0.value } }
        line.add(building.map { Money.power($0) } ?? "-")
        var second = head("CAP")
        guard let cap = economy.cap.known else { return [line, second + TextLine("none", .dim)] }
        second.add(Money.power(cap.value))
        if economy.isCapped {
            second.add("  it holds the machines back: prefill and training are slower!", .warning)
        } else if let room = economy.headRoom.known {
            second.add("  head-room ", .dim)
            second.add("\(Money.power(room.value)) (\(Words.percent(room.value / max(1, cap.value))))")
        }
        return [line, second]
    }

    private func energy(_ economy: Economy) -> [TextLine] {
        var line = head("ENERGY")
        line.add(economy.energyCost.run { Money.text($0.value) })
        line.add(" an hour at ", .dim)
        line.add(economy.energyPrice.run { "$\(Words.fixed($0.value, 3))" })
        line.add(" a kWh", .dim)
        let building = economy.itPower.known.flatMap { power in economy.pue.known.map { power.value * $0.value } }
        if let carbon = economy.carbon.known, let building {
            line.add("  CO2 ", .dim)
            line.add("\(Words.compact(carbon.value * building / 1e6)) kg")
            line.add(" an hour at ", .dim)
            line.add("\(Words.fixed(carbon.value, 0)) g")
            line.add(" a kWh", .dim)
        }
        return [line]
    }

    private func money(_ economy: Economy) -> [TextLine] {
        var line = head("MONEY")
        line.add("an hour: cost ", .dim)
        line.add(economy.cost.run { Money.text($0.value) })
        line.add("  revenue ", .dim)
        line.add(economy.revenue.run { Money.text($0.value) })
        line.add("  margin ", .dim)
        line.add(economy.margin.run { Money.text($0.value) })
        line.add("  a day ", .dim)
        line.add(economy.margin.run { Money.text($0.value * 24) })
        return [line]
    }

    private func yield(_ economy: Economy) -> [TextLine] {
        var line = head("YIELD")
        line.add(economy.perMegawatt.run { Words.compact($0.value) })
        line.add(" tok/s a MW  ", .dim)
        line.add(economy.yield.run { Words.number($0.value) })
        line.add(" tok/J served  ", .dim)
        line.add(economy.costPerMtok.run { "$\(Words.fixed($0.value, 2))" })
        line.add(" a million tokens out", .dim)
        return [line]
    }

    private var table: FigureRows {
        FigureRows(
            columns: [
                .init(title: "CLASS", width: 9, isRight: false), .init(title: "GPUS", width: 5, at: 56...),
                .init(title: "TOK/S", width: 7), .init(title: "GOOD", width: 7, at: 84...),
                .init(title: "TOK/J", width: 6, at: 70...),
                .init(title: "COST/M", width: 7), .init(title: "PRICE/M", width: 7),
                .init(title: "REVENUE/H", width: 9, at: 64...), .init(title: "MARGIN/H", width: 9),
            ], width: width)
    }

    private func line(of row: ClassEconomy, in rows: FigureRows) -> TextLine {
        let pool = snapshot.pool(.inference(row.serving))
        return rows.row([
            TextRun(row.serving.name), TextRun(pool.map { String($0.gpus) } ?? "-"),
            (pool?.decode ?? .missing).run { Words.compact($0.value) },
            (pool?.goodput ?? .missing).run { Words.compact($0.value) }, row.yield.run { Words.number($0.value) },
            row.costPerMtok.run { "$\(Words.fixed($0.value, 2))" },
            row.pricePerMtok.run { "$\(Words.fixed($0.value, 2))" }, row.revenue.run { Money.text($0.value) },
            row.margin.run { Money.text($0.value) },
        ])
    }

    private var notes: [TextLine] {
        TextLine.wrapped(
            "cost is the rent of every GPU, busy or idle, energy in it; only tokens of requests that met their level are paid; what training makes has no price here",
            width: width - 2, role: .dim)
    }
}

/// Amounts as people say them.
enum Money {
    /// `$865`, `$1.23 k`, `-$40`.
    static func text(_ dollars: Double) -> String {
        guard dollars.isFinite else { return "-" }
        let size = abs(dollars)
        let figure = size < 9.995 ? Words.fixed(size, 2) : Words.compact(size)
        return (dollars <= -0.005 ? "-$" : "$") + figure
    }

    /// `464 kW`, `12.4 MW`.
    static func power(_ watts: Double) -> String {
        abs(watts) < 999_500 ? "\(Words.short(watts / 1000)) kW" : "\(Words.fixed(watts / 1e6, 2)) MW"
    }
}
