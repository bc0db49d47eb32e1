// SPDX-License-Identifier: Apache-2.0

import Factory
import Foundation
import SlurmText
import Synchronization
import Testing

@testable import Backends

/// A cluster of recorded replies, commands that say them, and an observer with a clock that only the test moves.
final class SlurmStage: Sendable {
    let folder: URL
    let observer: SlurmObserver
    let settings: SlurmSettings
    private let clock: ManualClock

    /// Shared with the observer.
    final class ManualClock: Sendable {
        let now = Mutex(0.0)
    }

    /// - Parameter control: nil: nobody has said which partition is for what.
    init(
        control: SlurmControl? = SlurmControl(training: ["training"], inference: ["inference"]),
        file: String = #filePath, _ change: (inout SlurmSettings) -> Void = { _ in }
    ) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("slurm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let fixtures = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Fixtures")
        let replies = fixtures.appendingPathComponent("slurm-22.05.8").path
        for name in try FileManager.default.contentsOfDirectory(atPath: replies) where name.hasSuffix(".txt") {
            try FileManager.default.copyItem(
                atPath: "\(replies)/\(name)", toPath: folder.appendingPathComponent(name).path)
        }
        var settings = SlurmSettings()
        settings.configuration = folder.appendingPathComponent("slurm.conf").path
        settings.folder = fixtures.appendingPathComponent("slurm-commands").path
        settings.control = control
        // A busy machine takes its time: only a hang runs into a limit.
        (settings.patience, settings.deadline, settings.doubt) = (.seconds(300), .seconds(300), .seconds(300))
        (settings.slow, settings.restraint) = (Seconds(1e9), 0)
        change(&settings)
        self.settings = settings
        let clock = ManualClock()
        self.clock = clock
        observer = SlurmObserver(settings) { clock.now.withLock { $0 } }
        try write("slurm.conf", "ClusterName=rig\n")
    }

    deinit {
        // ignored because what is left over is the temporary folder's to clear.
        try? FileManager.default.removeItem(at: folder)
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.appendingPathComponent(name)), as: UTF8.self)
    }

    /// Lines of shell that every command runs first; nil: none.
    func fault(_ script: String?) throws {
        guard let script else { return try FileManager.default.removeItem(at: folder.appendingPathComponent("fault")) }
        try write("fault", script + "\n")
    }

    /// The commands that were asked since the last time.
    func asked() throws -> [String] {
        let lines = try text("asked").split(separator: "\n").map { line in
            line.split(separator: " ").prefix { !$0.contains(":") }.joined(separator: " ")
        }
        try write("asked", "")
        return lines
    }

    /// Lets so much time pass, then polls. The wall clock began when the replies were recorded.
    func poll(after seconds: Double = 0) async -> Observation {
        let now = clock.now.withLock { now in
            now += seconds
            return now
        }
        return await observer.observe(at: 1_795_872_000 + now)
    }
}

/// What every observation of every source must keep.
func checkContract(_ observation: Observation, _ place: SourceLocation = #_sourceLocation) {
    #expect(!observation.source.name.isEmpty, sourceLocation: place)
    #expect(observation.source.targetsUp <= observation.source.targets, sourceLocation: place)
    #expect(observation.interval.value > 0, sourceLocation: place)
    let sentences =
        [observation.source.problem].compactMap(\.self) + observation.source.dead.map(\.reason)
        + observation.source.odd.map(\.remark) + observation.events.map(\.text)
    for sentence in sentences {
        #expect(
            !sentence.isEmpty && !sentence.contains("\n") && sentence.count < 240, "\(sentence)", sourceLocation: place)
    }
    // Who does not answer says so, and is never counted as up.
    #expect(
        observation.source.dead.isEmpty == (observation.source.targetsUp == observation.source.targets),
        sourceLocation: place)
    let names = observation.hosts.map { "\($0.exporter) \($0.name ?? $0.address) \($0.target)" }
    #expect(Set(names).count == names.count, sourceLocation: place)
    for facts in observation.hosts {
        #expect(facts.at <= observation.at, sourceLocation: place)
        for share in [facts.cpu, facts.memory].compactMap(\.self) {
            #expect((0...1).contains(share), sourceLocation: place)
        }
    }
    for job in observation.jobs {
        #expect(!job.id.name.isEmpty && !job.name.contains("\n"), sourceLocation: place)
        #expect(job.minNodes <= job.maxNodes && job.gpusPerNode >= 0, sourceLocation: place)
    }
    #expect(Set(observation.jobs.map(\.id)).count == observation.jobs.count, sourceLocation: place)
    #expect(Set(observation.pools.map(\.pool)).count == observation.pools.count, sourceLocation: place)
    let ids = observation.events.map(\.id)
    #expect(ids == ids.sorted() && Set(ids).count == ids.count, sourceLocation: place)
}
