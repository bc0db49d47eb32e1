// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Factory
import Foundation
import Link

/// Who is attached to a daemon.
struct WhoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "who", abstract: "List who is attached to a plant that 'tokenworks serve' runs.")

    @OptionGroup var daemon: DaemonOptions

    func run() async throws {
        do {
            let (plant, _) = try await daemon.connect(program: "who")
            let hearing = Task { await plant.run() }
            let people = await plant.presence()
            hearing.cancel()
            await plant.end()
            let others = people.filter { !$0.isYou }
            if others.isEmpty { Output.line("nobody is attached") }
            others.map { Self.line($0, now: Date().timeIntervalSince1970) }.forEach(Output.line)
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }

    /// `eve  operator  since 2026-11-28T14:03:07Z (5 min)  pid 4711  attach`
    static func line(_ person: Attached, now: Double) -> String {
        let since = PlantTime(epoch: person.since)
        let pid = person.pid > 0 ? "pid \(person.pid)" : "pid -"
        return "\(person.name)  \(person.role)  since \(since.iso8601) (\(Words.ago(Seconds(now - person.since))))  "
            + "\(pid)  \(person.program)" + (person.origin.isEmpty ? "" : "  from \(person.origin)")
    }
}
