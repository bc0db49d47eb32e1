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
            let helm = await Self.room(of: plant)?.helm
            hearing.cancel()
            await plant.end()
            let others = people.filter { !$0.isYou }
            if others.isEmpty { Output.line("nobody is attached") }
            others.map { Self.line($0, helm, now: Date().timeIntervalSince1970) }.forEach(Output.line)
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }

    /// The room in the first picture; nil where none comes soon: a daemon that has seen nothing of its plant shows none.
    private static func room(of plant: RemotePlant) async -> ControlRoom? {
        let first = Task { () -> ControlRoom? in
            for await snapshot in await plant.snapshots() { return snapshot.room }
            return nil
        }
        let timer = Task {
            // ignored because a cancelled wait has nothing to end.
            guard (try? await Task.sleep(for: .seconds(2))) != nil else { return }
            first.cancel()
        }
        defer { timer.cancel() }
        return await first.value
    }

    /// `eve  operator  since 2026-11-28T14:03:07Z (5 min)  pid 4711  attach  helm since 2026-11-28T14:05:00Z (3 min)`: all times
    /// of the wall clock.
    static func line(_ person: Attached, _ helm: ControlRoom.Helm? = nil, now: Double) -> String {
        let since = PlantTime(epoch: person.since)
        let pid = person.pid > 0 ? "pid \(person.pid)" : "pid -"
        return "\(person.name)  \(person.role)  since \(since.iso8601) (\(Words.ago(Seconds(now - person.since))))  "
            + "\(pid)  \(person.program)" + (person.origin.isEmpty ? "" : "  from \(person.origin)")
            + steering(person, helm, now)
    }

    private static func steering(_ person: Attached, _ helm: ControlRoom.Helm?, _ now: Double) -> String {
        guard let helm, helm.by == person.name, person.role == "operator" else { return "" }
        let since = "\(PlantTime(epoch: helm.wall).iso8601) (\(Words.ago(Seconds(now - helm.wall))))"
        return "  helm since \(since)"
    }
}
