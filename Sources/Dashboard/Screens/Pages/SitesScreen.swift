// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// The sites of the factory: a row each, and their sum. Enter goes to one; moves stay inside a site.
package struct SitesScreen: OverlayScreen {
    package private(set) var selected: SiteID?

    package init() {}

    package var kind: ScreenKind { .sites }

    package mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? {
        let sites = context.snapshot.sites
        if intent == .open {
            guard let site = sites.first(where: { $0.site == chosen(context.snapshot) }) else { return [] }
            return [.effect(.perform(.visit(site.site))), .close]
        }
        let step = intent.movesBy(page: 10, count: sites.count)
        guard step != 0 else { return nil }
        guard !sites.isEmpty else { return [] }
        let now = sites.firstIndex { $0.site == chosen(context.snapshot) } ?? 0
        selected = sites[max(0, min(sites.count - 1, now + step))].site
        return []
    }

    private func chosen(_ snapshot: FactorySnapshot) -> SiteID? {
        selected.flatMap { site in snapshot.sites.contains { $0.site == site } ? site : nil } ?? snapshot.site
            ?? snapshot.sites.first?.site
    }

    package func draw(into frame: inout Frame, area: Rect, _ context: DrawContext) {
        let (x, width) = area.width >= 40 ? (area.x + 1, area.width - 2) : (area.x, area.width)
        let inside = Rect(x: x, y: area.y, width: width, height: area.height)
        guard !inside.isEmpty else { return }
        let snapshot = context.snapshot
        var heading = TextLine("SITES ", .title)
        guard !snapshot.sites.isEmpty else {
            heading.add("this factory is in one place", .dim)
            frame.put(heading, x: x, y: area.y, width: width)
            return
        }
        heading.add("\(snapshot.sites.count); here: \(snapshot.site?.name ?? "-"). ", .text)
        heading.add("Enter goes to another; a move never leaves its site", .dim)
        frame.put(heading, x: x, y: area.y, width: width)
        let rest = inside.splitTop(1).rest
        let rows =
            snapshot.sites.map { SiteRow($0, isHere: $0.site == snapshot.site).row } + [SiteRow.total(snapshot.sites)]
        frame.table(
            rest, columns: SiteRow.columns, rows: rows,
            selected: snapshot.sites.firstIndex { $0.site == chosen(snapshot) }, header: rest.height > 1)
    }
}

/// One site as a row.
private struct SiteRow {
    let site: SiteState
    let isHere: Bool

    init(_ site: SiteState, isHere: Bool) {
        self.site = site
        self.isHere = isHere
    }

    static let columns = [
        TableColumn("SITE", minimum: 8, ideal: 10, priority: 10), TableColumn("TIME", minimum: 9, priority: 1),
        TableColumn("USERS", minimum: 14, ideal: 18, priority: 9),
        TableColumn("WAIT", minimum: 6, priority: 8, align: .right),
        TableColumn("NODES", minimum: 5, priority: 7, align: .right),
        TableColumn("TRN", minimum: 4, priority: 6, align: .right),
        TableColumn("INF", minimum: 4, priority: 6, align: .right),
        TableColumn("SPARE", minimum: 5, priority: 5, align: .right),
        TableColumn("FAILED", minimum: 6, priority: 5, align: .right),
        TableColumn("MOVES", minimum: 5, priority: 4, align: .right),
        TableColumn("DECODE", minimum: 7, priority: 7, align: .right),
        TableColumn("TRAINED", minimum: 7, priority: 4, align: .right),
        TableColumn("POWER", minimum: 8, priority: 4, align: .right),
        TableColumn("$/MTOK", minimum: 6, priority: 3, align: .right),
        TableColumn("MARGIN/H", minimum: 8, priority: 3, align: .right),
        TableColumn("KG CO2/H", minimum: 8, priority: 2, align: .right),
    ]

    private static func number(_ reading: Reading<TokensPerSecond>) -> TableCell {
        let run = reading.run { Words.compact($0.value) }
        return TableCell(run.text, run.role)
    }

    /// Kilograms of CO2 per hour: building power times what the grid emits.
    private static func carbon(_ economy: Economy?) -> Double? {
        guard let economy, let power = economy.itPower.known, let pue = economy.pue.known,
            let carbon = economy.carbon.known
        else { return nil }
        return power.value * pue.value * carbon.value / 1e6
    }

    private var users: TableCell {
        let share = site.attainment.known.map { " \(Words.fixed(($0.value * 1000).rounded(.down) / 10, 1)) %" } ?? ""
        if site.isHurt { return TableCell(SafeText("\(site.worstClass?.name ?? "")\(share)!"), .alarm) }
        return site.worstClass == nil ? TableCell("-", .dim) : TableCell(SafeText("ok\(share)"))
    }

    var row: TableRow {
        let ledger = site.ledger
        return TableRow([
            TableCell(SafeText((isHere ? "> " : "  ") + site.site.name), isHere ? .title : .text),
            TableCell(SafeText(site.at.clock), .dim), users,
            TableCell(SafeText(site.wait.known.map { Words.wait($0) } ?? "-")),
            TableCell(SafeText(String(ledger.total))),
            TableCell(SafeText(String(ledger[part: .training]))), TableCell(SafeText(String(ledger[part: .inference]))),
            TableCell(SafeText(String(ledger[part: .spare]))),
            TableCell(SafeText(String(ledger[part: .failed])), ledger[part: .failed] > 0 ? .warning : .text),
            TableCell(SafeText(site.moves == 0 ? "-" : String(site.moves)), site.moves == 0 ? .dim : .moving),
            Self.number(site.decode), Self.number(site.trained),
            TableCell(SafeText(site.economy?.itPower.known.map { Money.power($0.value) } ?? "-")),
            TableCell(SafeText(site.economy?.costPerMtok.known.map { "$\(Words.fixed($0.value, 2))" } ?? "-")),
            TableCell(SafeText(site.economy?.margin.known.map { Money.text($0.value) } ?? "-")),
            TableCell(SafeText(Self.carbon(site.economy).map { Words.compact($0) } ?? "-")),
        ])
    }

    /// The sum over the sites; an unknown part makes it a `-`, never a smaller number.
    static func total(_ sites: [SiteState]) -> TableRow {
        func sum(_ value: (SiteState) -> Double?) -> Double? {
            sites.reduce(0.0) { sum, site in sum.flatMap { sum in value(site).map { sum + $0 } } }
        }
        func count(_ part: AllocationPart) -> TableCell {
            TableCell(SafeText(String(sites.reduce(0) { $0 + $1.ledger[part: part] })))
        }
        func cell(_ value: Double?, _ format: (Double) -> String) -> TableCell {
            TableCell(SafeText(value.map(format) ?? "-"))
        }
        let hurt = sites.filter(\.isHurt)
        let users = hurt.isEmpty ? TableCell("") : TableCell(SafeText("\(hurt.count) of \(sites.count) hurt!"), .alarm)
        return TableRow([
            TableCell("  all", .title), TableCell(""), users, TableCell(""),
            TableCell(SafeText(String(sites.reduce(0) { $0 + $1.ledger.total }))), count(.training), count(.inference),
            count(.spare), count(.failed), TableCell(SafeText(String(sites.reduce(0) { $0 + $1.moves }))),
            cell(sum { $0.decode.known?.value }) { Words.compact($0) },
            cell(sum { $0.trained.known?.value }) { Words.compact($0) },
            cell(sum { $0.economy?.itPower.known?.value }) { Money.power($0) }, TableCell(""),
            cell(sum { $0.economy?.margin.known?.value }) { Money.text($0) },
            cell(sum { carbon($0.economy) }) { Words.compact($0) },
        ])
    }
}
