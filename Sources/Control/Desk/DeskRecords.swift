// SPDX-License-Identifier: Apache-2.0

import Factory

/// How the desk writes: before it acts, or not at all.
extension CommandDesk {
    /// Records before anything acts. Throws the sentence for the operator.
    @discardableResult
    func record(_ entries: [AuditEntry]) throws(RecordsError) -> [AuditRecord] {
        guard let records else {
            throw RecordsError(.unusable, file: "", text: observeOnly ?? "No audit, no action.")
        }
        do throws(RecordsError) {
            // What is owed comes first: the audit tells things in the order they happened.
            let written = try records.append(owed + notes + entries)
            let caughtUp = Array(written.dropFirst(owed.count + notes.count))
            owed = []
            notes = []
            settle(nil)
            return caughtUp
        } catch {
            settle(error)
            throw error
        }
    }

    /// Records what has happened already, now or as soon as the audit can be written again.
    func recordOrOwe(_ entries: [AuditEntry]) {
        guard !entries.isEmpty else { return }
        do throws(RecordsError) {
            try record(entries)
        } catch {
            for entry in entries {
                var late = entry
                late.details["late"] = "the audit could not be written at the time"
                owed.append(late)
            }
        }
    }

    func entry(
        _ kind: AuditRecord.Kind, by who: String, decision: DecisionID? = nil, _ text: String,
        _ details: [String: String] = [:]
    ) -> AuditEntry {
        AuditEntry(kind, at: now, by: who, decision: decision, mode: mode, text: text, details: details)
    }

    /// Once a tick while the audit fails: a disk may have room again.
    func retryRecords() {
        guard let trouble, trouble.kind == .unwritable else { return }
        let gap = entry(
            .failed, by: "tokenworks", "The audit could not be written for a while: nothing was started meanwhile.",
            ["why": trouble.text])
        // ignored because the failure is kept in `trouble`, shown as the mode, and tried again with the next tick.
        _ = try? record([gap])
    }

    private func settle(_ error: RecordsError?) {
        let before = trouble
        trouble = error
        if let error, before == nil {
            tell(.page, "\(error.text) Nothing is started until it can.")
        } else if error == nil, before != nil {
            tell(.repaired, "the audit can be written again")
        }
    }
}

/// One command between its `asked` and its ending.
struct Asked {
    let command: PlantCommand
    let words: String
    let decision: DecisionID?
    let by: String
    let record: AuditRecord
}

extension CommandDesk {
    /// Records that something was asked; nil with the refusal when it cannot be recorded.
    func ask(
        _ command: PlantCommand, _ words: String, decision: DecisionID? = nil, by who: String,
        _ details: [String: String] = [:]
    ) -> Result<Asked, Refusal> {
        var details = details
        details[AuditKey.command] = words
        do throws(RecordsError) {
            let entry = entry(.asked, by: who, decision: decision, "\(who) asks: \(words)", details)
            let record = try record([entry])
            guard let asked = record.last else {
                return .failure(
                    Refusal(CommandOutcome(command, .failed, "The audit took no record: nothing was sent.")))
            }
            return .success(Asked(command: command, words: words, decision: decision, by: who, record: asked))
        } catch {
            return .failure(Refusal(CommandOutcome(command, .refused, "\(error.text) Nothing was sent.")))
        }
    }

    /// The ending of a command, with the records that belong to it, before anything acts on it.
    ///
    /// An acceptance that cannot be recorded is none: the outcome is then a failure, and its ending is owed.
    ///
    /// - Parameter accepted: what an acceptance is in the audit.
    func end(
        _ asked: Asked, _ verdict: CommandOutcome.Verdict, as accepted: AuditRecord.Kind = .accepted, _ text: String,
        _ details: [String: String] = [:], with others: [AuditEntry] = []
    ) -> CommandOutcome {
        let kind: AuditRecord.Kind =
            switch verdict {
            case .accepted: accepted
            case .refused: .refused
            case .failed: .failed
            }
        do throws(RecordsError) {
            try record(others + [ending(asked, kind, text, details)])
            return CommandOutcome(asked.command, verdict, text)
        } catch {
            guard verdict == .accepted else {
                owed.append(ending(asked, kind, text, details))
                return CommandOutcome(asked.command, verdict, text)
            }
            let failure = "\(error.text) Nothing was sent."
            owed.append(ending(asked, .failed, failure, [:]))
            return CommandOutcome(asked.command, .failed, failure)
        }
    }

    private func ending(
        _ asked: Asked, _ kind: AuditRecord.Kind, _ text: String, _ details: [String: String]
    ) -> AuditEntry {
        var details = details
        details[AuditKey.asked] = String(asked.record.sequence)
        details[AuditKey.command] = asked.words
        return entry(kind, by: asked.by, decision: asked.decision, text, details)
    }
}

/// A command that ended before it was asked.
struct Refusal: Error {
    let outcome: CommandOutcome
    init(_ outcome: CommandOutcome) { self.outcome = outcome }
}
