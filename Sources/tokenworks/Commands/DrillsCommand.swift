// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Simulation

/// The drills that come with the program.
struct DrillsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drills", abstract: "List the simulation's drills, or print one as a start for your own.",
        discussion: "The language of a drill is in docs/drills.md; a file of your own runs with --drill FILE.")

    @Argument(help: "The drill to print; none: all are listed.")
    var name: String?

    func run() throws {
        do {
            try say()
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }

    private func say() throws {
        guard let name else {
            let width = ShippedDrills.texts.map(\.name.count).max() ?? 0
            for (name, _) in ShippedDrills.texts {
                let about = try DrillFile.load(name).drill.about
                Output.line("\(name)\(String(repeating: " ", count: width - name.count))  \(about)")
            }
            return
        }
        let text = try ShippedDrills.text(of: name) ?? Self.unknown(name)
        text.split(separator: "\n", omittingEmptySubsequences: false).forEach { Output.line(String($0)) }
    }

    private static func unknown(_ name: String) throws -> String {
        _ = try DrillFile.load(name)
        throw Complaint("'\(name)' is a file of your own: print it with cat", .usage)
    }
}
