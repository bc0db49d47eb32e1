// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Where the numbers of one training job come from.
struct JobOrigins {
    let job: JobState
    let snapshot: FactorySnapshot
    /// What counts of all that was said of it.
    private let said: [TrainingFacts]

    init(_ job: JobState, _ snapshot: FactorySnapshot) {
        self.job = job
        self.snapshot = snapshot
        said = RunFold(now: snapshot.at).counted(snapshot.provenance.runs.filter { $0.name == job.name })
    }

    var rows: [OriginRow] {
        [
            row("tok/s", job.trained.run { Words.compact($0.value) }, .trained, "summed") {
                $0.tokens.map { Words.compact($0) }
            },
            row("MFU", job.mfu.run { Words.percent($0.value) }, .mfu, "their mean") {
                $0.mfu.map { Words.percent($0) }
            },
            row("loss", job.loss.run { Words.fixed($0.value, 3) }, .loss, "their mean") {
                $0.loss.map { Words.fixed($0, 3) }
            },
            row("step", job.step.run { Words.wait($0) }, .step, "their mean") {
                $0.step.map { Words.wait(Seconds($0)) }
            },
        ]
    }

    private func row(
        _ name: String, _ value: TextRun, _ field: Origin.Field, _ join: String,
        _ text: (TrainingFacts) -> String?
    ) -> OriginRow {
        var row = OriginRow(name: name, value: value, age: nil, how: simulatedOrigin)
        if case .simulated = snapshot.kind {
            row.age = Seconds(0)
            return row
        }
        let parts = said.filter { text($0) != nil }
        row.age = parts.map { snapshot.at - $0.at }.max()
        var names: [String] = []
        for origin in parts.flatMap(\.origins) where origin.field == field {
            let name = "\(origin.series) \(origin.rule)"
            if !names.contains(name) { names.append(name) }
        }
        let joined = parts.count > 1 ? "; of \(parts.count) that say it \(join)" : ""
        row.how = names.isEmpty ? "no source says it" : names.joined(separator: "; ") + joined
        row.shares = parts.map { run in
            let age = snapshot.at - run.at
            return OriginShare(
                target: plainTarget(run.target), product: run.push.isEmpty ? "said by the job" : "pushed by the job",
                value: text(run) ?? "-", age: age, isStale: age > run.staleAfter ?? snapshot.staleAfter)
        }
        return row
    }
}
