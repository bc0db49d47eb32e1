// SPDX-License-Identifier: Apache-2.0

import Backends
import Control
import Factory
import Foundation
import SlurmText

/// What may move nodes in Slurm, or why nothing may.
struct SlurmEngine {
    /// nil: not even its command lines can be shown.
    var actuator: SlurmActuator?
    /// A sentence; nil: it may act.
    var observeOnly: String?
    /// What is read of the cluster, for what moves its nodes.
    let board = SlurmBoard()

    /// Of a plant that only exporters speak of.
    static let none = SlurmEngine(
        actuator: nil,
        observeOnly: "this plant is read through exporters only: no engine is configured that could move a node")

    private init(actuator: SlurmActuator?, observeOnly: String?) {
        (self.actuator, self.observeOnly) = (actuator, observeOnly)
    }

    /// - Parameter plant: what its state is kept under.
    init(_ settled: Configuration, _ settings: SlurmSettings, plant: String) async {
        guard let control = settings.control else {
            observeOnly =
                "no partition of this cluster is given to training or inference: name them under 'control: [{slurm: ...}]'"
            return
        }
        let command: SlurmCommand
        do throws(SlurmFailure) {
            command = try SlurmCommand(
                configuration: settings.configuration, folder: settings.folder, variables: settings.variables)
        } catch {
            // Pictures come as soon as it is there; who acts is settled once, at the start.
            observeOnly = "slurm \(error.text); nothing can move until tokenworks is started again with it in place"
            return
        }
        do throws(ActuatorError) {
            actuator = try SlurmActuator(
                control, hand: SlurmCommandHand(command, clock: WallClock.now, mark: Self.letters),
                keeper: SlurmMemoryFile(directory: PlantFolder.state(of: settled), plant: plant),
                board: board, aliases: settled.aliases, writer: Self.letters())
        } catch {
            observeOnly = "\(error.text) Nothing can move until tokenworks is started again with that mended."
            return
        }
        await board.learnVersion(of: command)
        guard control.isEnabled else {
            let file = settled.file ?? "the configuration"
            observeOnly =
                "dry run: plans and their commands are shown (c) and nothing is sent until control.slurm says 'enabled: true' in \(file)"
            return
        }
        if case .mayNot(let sentence) = await SlurmRights.verdict(by: command) { observeOnly = sentence }
    }

    /// Five letters that nobody could know before.
    @Sendable private static func letters() -> String {
        String((0..<5).map { _ in "abcdefghijkmnpqrstuvwxyz23456789".randomElement() ?? "x" })
    }
}
