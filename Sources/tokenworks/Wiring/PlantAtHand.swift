// SPDX-License-Identifier: Apache-2.0

import Control
import Factory
import Link
import Wire

/// The plant that a command without a screen works with: one in this process, or the daemon's.
protocol PlantAtHand {
    var plant: any Plant { get }
    var who: Operator { get }

    /// The first look.
    mutating func look() async throws -> FactorySnapshot

    /// The next one.
    mutating func advance() async throws -> FactorySnapshot

    func leave() async
}

/// A plant that ends with the command.
struct OwnPlant: PlantAtHand {
    private var assembly: Assembly
    /// Plant seconds that a simulation runs before it is looked at.
    private let span: Double?
    private let interval: Double

    init(_ assembly: Assembly, at span: Double?, interval: Double) {
        self.assembly = assembly
        self.span = span
        self.interval = interval
    }

    var plant: any Plant { assembly.plant }
    var who: Operator { assembly.who }

    mutating func look() async throws -> FactorySnapshot {
        try await assembly.observeOnce(simulatedFor: span, interval: interval)
    }

    mutating func advance() async throws -> FactorySnapshot { try await assembly.advance() }

    func leave() async { await assembly.plant.end() }
}

/// The plant of this host's daemon, which goes on without the command.
struct DaemonVisit: PlantAtHand {
    let plant: any Plant
    let who: Operator
    private let address: LinkAddress
    private let hearing: [Task<Void, Never>]
    private let clock: AsyncStream<FactorySnapshot?>.Continuation
    private var pictures: AsyncStream<FactorySnapshot?>.Iterator

    /// A daemon that shows nothing for longer is given up. Unit: s.
    private static let patience = 30.0

    /// - Throws: `Complaint`.
    init(_ choice: DaemonChoice, program: String) async throws {
        let (remote, welcome) = try await choice.connect(program: program)
        (plant, who, address) = (remote, welcome.you, choice.address)
        // Where numbers come from: what is wrong with a target belongs to the report.
        await remote.look(at: PlantView(overview: [], origins: true))
        let (stream, sender) = AsyncStream.makeStream(of: FactorySnapshot?.self)
        (pictures, clock) = (stream.makeAsyncIterator(), sender)
        hearing = [
            Task { await remote.run() },
            Task { for await snapshot in await remote.snapshots() { sender.yield(snapshot) } },
        ]
    }

    mutating func look() async throws -> FactorySnapshot { try await advance() }

    mutating func advance() async throws -> FactorySnapshot {
        let timer = Task { [clock] in
            // ignored because a cancelled wait has nothing to say.
            guard (try? await Task.sleep(for: .seconds(Self.patience))) != nil else { return }
            clock.yield(nil)
        }
        defer { timer.cancel() }
        guard let picture = await pictures.next(isolation: #isolation), let snapshot = picture else {
            throw Complaint(
                "\(address): the daemon has shown nothing for \(Int(Self.patience)) s; what was accepted goes on there (tokenworks attach)",
                .unreachable)
        }
        return snapshot
    }

    func leave() async {
        hearing.forEach { $0.cancel() }
        for task in hearing { await Session.finish(task) }
    }
}
