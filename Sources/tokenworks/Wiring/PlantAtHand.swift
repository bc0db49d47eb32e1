// SPDX-License-Identifier: Apache-2.0

import Control
import Factory
import Glibc
import Link
import Wire

/// The plant that a command without a screen works with: one in this process, or the daemon's.
protocol PlantAtHand {
    var plant: any Plant { get }
    var who: Operator { get }

    /// The first look.
    mutating func look() async throws -> FactorySnapshot

    /// The next one.
    ///
    /// - Throws: `Complaint`, or `Interruption` where signals are heeded.
    mutating func advance() async throws -> FactorySnapshot

    /// From here on the first signal that asks the command to end is its own to answer; the second ends it.
    mutating func heedSignals()

    func leave() async
}

/// A signal asked the command to end while it waited.
struct Interruption: Error {
    var number: Int32
    /// Whether the move that the command waited for had begun.
    var hasBegun = false
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

    /// Nobody else works with this plant: a signal ends it with the command, and the next start records that.
    mutating func heedSignals() {}

    func leave() async { await assembly.plant.end() }
}

/// The plant of this host's daemon, which goes on without the command.
struct DaemonVisit: PlantAtHand {
    let plant: any Plant
    let who: Operator
    private let address: LinkAddress
    private var hearing: [Task<Void, Never>]
    private let clock: AsyncStream<Turn>.Continuation
    private var turns: AsyncStream<Turn>.Iterator

    /// What the command waits for.
    private enum Turn: Sendable {
        case picture(FactorySnapshot)
        case silence
        case signal(Int32)
    }

    /// A daemon that shows nothing for longer is given up. Unit: s.
    private static let patience = 30.0

    /// - Throws: `Complaint`.
    init(_ choice: DaemonChoice, program: String) async throws {
        let (remote, welcome) = try await choice.connect(program: program)
        (plant, who, address) = (remote, welcome.you, choice.address)
        // Where numbers come from: what is wrong with a target belongs to the report.
        await remote.look(at: PlantView(overview: [], origins: true))
        let (stream, sender) = AsyncStream.makeStream(of: Turn.self)
        (turns, clock) = (stream.makeAsyncIterator(), sender)
        hearing = [
            Task { await remote.run() },
            Task { for await snapshot in await remote.snapshots() { sender.yield(.picture(snapshot)) } },
        ]
    }

    mutating func look() async throws -> FactorySnapshot { try await advance() }

    mutating func advance() async throws -> FactorySnapshot {
        let timer = Task { [clock] in
            // ignored because a cancelled wait has nothing to say.
            guard (try? await Task.sleep(for: .seconds(Self.patience))) != nil else { return }
            clock.yield(.silence)
        }
        defer { timer.cancel() }
        switch await turns.next(isolation: #isolation) {
        case .picture(let snapshot): return snapshot
        case .signal(let number): throw Interruption(number: number)
        case .silence, nil:
            throw Complaint(
                "\(address): the daemon has shown nothing for \(Int(Self.patience)) s; what was accepted goes on there (tokenworks attach)",
                .unreachable)
        }
    }

    mutating func heedSignals() {
        let signals = Signals([SIGINT, SIGTERM, SIGHUP])
        hearing.append(
            Task { [clock] in
                for await number in signals.numbers {
                    signals.release()
                    clock.yield(.signal(number))
                }
            })
    }

    func leave() async {
        hearing.forEach { $0.cancel() }
        for task in hearing { await Session.finish(task) }
    }
}
