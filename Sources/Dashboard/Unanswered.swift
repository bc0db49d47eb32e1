// SPDX-License-Identifier: Apache-2.0

import Factory

/// What was asked of the plant and has had no answer yet.
struct Unanswered: Sendable {
    private var commands: [(command: PlantCommand, at: Double)] = []

    /// An answer usually comes within this time, and nothing need be said. Unit: s.
    private static let grace = 0.75
    /// From here on it is not normal any more. Unit: s.
    private static let late = 3.0

    mutating func asked(_ effects: [Effect], at now: Double) {
        for case .perform(let command) in effects { commands.append((command, now)) }
    }

    mutating func answered(_ command: PlantCommand) {
        guard let index = commands.firstIndex(where: { $0.command == command }) else { return }
        commands.remove(at: index)
    }

    /// HOLD before all others, else what has waited longest.
    func longest(at now: Double) -> Wait? {
        let due = commands.filter { now - $0.at >= Self.grace }
        guard let first = due.first(where: { $0.command == .hold }) ?? due.first else { return nil }
        return Wait(command: first.command, seconds: now - first.at, others: due.count - 1)
    }

    /// One that waits.
    struct Wait: Sendable {
        let command: PlantCommand
        let seconds: Double
        /// How many wait besides it.
        let others: Int

        var isLate: Bool { seconds >= Unanswered.late }

        /// `HOLD sent 3 s ago, no answer yet`.
        var text: String {
            let more = others > 0 ? " (+\(others))" : ""
            return "\(command.label)\(more) sent \(Words.ago(Seconds(seconds))) ago, no answer yet"
        }
    }
}

extension PlantCommand {
    /// What it is called in a sentence: something that can be sent.
    fileprivate var label: String {
        switch self {
        case .submit(let decision, _, _): "plan \(decision)"
        case .abort(let decision): "abort of \(decision)"
        case .hold: "HOLD"
        case .releaseHold: "release of HOLD"
        case .setSpeed(let speed): "speed x\(Figures.factor(speed))"
        case .visit(let site): "visit of \(site)"
        case .takeHelm: "call for the helm"
        case .leaveHelm: "leave of the helm"
        case .approve(let decision): "approval of \(decision)"
        case .decline(let decision): "refusal of \(decision)"
        }
    }
}
