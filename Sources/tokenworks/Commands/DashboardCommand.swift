// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Factory
import NcursesTerminal
import Screen

/// Opens the control room on the terminal.
struct DashboardCommand: AsyncParsableCommand {
    enum Colours: String, ExpressibleByArgument, CaseIterable {
        case auto, full = "256", sixteen = "16", eight = "8", never
    }
    enum Tier: String, ExpressibleByArgument, CaseIterable { case auto, braille, block, ascii }

    static let configuration = CommandConfiguration(
        commandName: "dashboard", abstract: "Open the dashboard (the default).",
        discussion: """
            ? in the dashboard lists every key. q leaves it. Where a daemon of this host has the plant, it is a dashboard \
            on that; a flag that names a plant opens one in this process.
            """)

    @OptionGroup var options: PlantOptions

    @Option(name: .long, parsing: .unconditional, help: "Simulation: number of 8-GPU nodes, 1 to 10000 (default: 64).")
    var nodes: Int?

    @Option(name: .long, help: "A theme of themes/, by its name (default: default).")
    var theme: String?

    @Option(name: .long, help: "Colours of the terminal (default: what TERM and NO_COLOR say).")
    var color: Colours?

    @Option(name: .long, help: "Glyphs of graphs and borders (default: what the locale and TERM can show).")
    var glyphs: Tier?

    func validate() throws {
        _ = try PlantSize(nodes, flag: "--nodes")
    }

    func run() async throws {
        do {
            if let daemon = try DaemonChoice(options, isOwn: nodes != nil) { return try await attach(to: daemon) }
            let settled = try options.settled(size: PlantSize(nodes, flag: "--nodes"))
            let theme = try ThemeFiles.load(theme ?? settled.theme ?? "default")
            let terminal = terminalOptions(settled)
            let assembly = try await Assembly(settled, reading: false, strict: false)
            try await Session(assembly, settled, theme: theme, terminal: terminal).run()
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }

    /// The dashboard on a daemon's plant, which says so before its screen and on it.
    private func attach(to daemon: DaemonChoice) async throws {
        let settled = try ConfigurationFile.load(options.config)
        let theme = try ThemeFiles.load(theme ?? settled.theme ?? "default")
        let (plant, welcome) = try await daemon.connect(program: "dashboard")
        let note = "on the plant of the daemon at \(daemon.address); leaving stops nothing"
        Output.line("tokenworks: \(note); '--backend simulated' opens a simulation instead")
        try await AttachedSession(plant, welcome, theme: theme, terminal: terminalOptions(settled), note: note).run()
    }

    private func terminalOptions(_ settled: Configuration) -> TerminalOptions {
        let colour = color ?? settled.colours.flatMap(Colours.init(rawValue:)) ?? .auto
        let tier = glyphs ?? settled.glyphs.flatMap(Tier.init(rawValue:)) ?? .auto
        return TerminalOptions(colour: colour.choice, glyphs: tier.glyphs)
    }
}

extension DashboardCommand.Colours {
    var choice: ColourChoice {
        switch self {
        case .auto: .auto
        case .full: .full
        case .sixteen: .sixteen
        case .eight: .eight
        case .never: .never
        }
    }
}

extension DashboardCommand.Tier {
    var glyphs: Glyphs? {
        switch self {
        case .auto: nil
        case .braille: .braille
        case .block: .block
        case .ascii: .ascii
        }
    }
}
