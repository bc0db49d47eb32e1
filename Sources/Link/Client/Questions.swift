// SPDX-License-Identifier: Apache-2.0

import Factory

/// What a daemon was asked and has not answered.
struct Questions {
    var plans: [UInt64: CheckedContinuation<PlanAnswer, Never>] = [:]
    var audits: [UInt64: CheckedContinuation<[AuditRecord], Never>] = [:]
    var people: [UInt64: CheckedContinuation<[Attached], Never>] = [:]
    var commands: [String: (command: PlantCommand, answer: CheckedContinuation<CommandOutcome, Never>)] = [:]
    private var last: UInt64 = 0

    mutating func next() -> UInt64 {
        last += 1
        return last
    }

    /// Commands to ask about when the daemon is there again; they are never sent a second time.
    var unanswered: [String] { commands.keys.sorted() }

    /// The link dropped: what only looks is not worth waiting for.
    mutating func drop() {
        for answer in plans.values {
            answer.resume(returning: .impossible("The link dropped: plan again when it is back."))
        }
        for answer in audits.values { answer.resume(returning: []) }
        for answer in people.values { answer.resume(returning: []) }
        (plans, audits, people) = ([:], [:], [:])
    }

    /// - Parameter outcome: nil: the daemon never heard of the command.
    mutating func answer(_ id: String, _ outcome: CommandOutcome?) {
        guard let (command, answer) = commands.removeValue(forKey: id) else { return }
        answer.resume(
            returning: outcome
                ?? CommandOutcome(
                    command, .failed,
                    "The link dropped and this daemon has not heard of the command: look at the moves (M) and the audit (a), then ask again."
                ))
    }

    mutating func giveUp() {
        for (command, answer) in commands.values {
            answer.resume(
                returning: CommandOutcome(
                    command, .failed,
                    "The link dropped before the answer came: when it is back, look at the moves (M) and the audit (a) before you ask again."
                ))
        }
        commands = [:]
    }

    mutating func end(_ why: String) {
        drop()
        for (command, answer) in commands.values { answer.resume(returning: CommandOutcome(command, .failed, why)) }
        commands = [:]
    }
}
