// SPDX-License-Identifier: Apache-2.0

package import Factory
import Glibc
import NIOCore
import NIOPosix
package import Wire

/// A plant that a daemon has: the last picture stays when the link drops, nothing is sent meanwhile, and nothing twice.
package actor RemotePlant: Plant {
    /// A link that was lost for longer leaves a command unanswered. Unit: s.
    static let unansweredAfter = 30.0

    private let address: LinkAddress
    private let hello: ClientConnection.Hello
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let random: @Sendable () -> Double
    /// What the ids of commands begin with: a session's name may come again, an id never.
    private let mark: String
    private var connection: ClientConnection?
    private var backOff = BackOff()
    private var view = PlantView()
    private var state: [UInt8] = []
    private var latest: FactorySnapshot?
    private var lost: (since: Double, why: String)?
    private var readers: [AsyncStream<FactorySnapshot>.Continuation] = []
    private var watchers: [AsyncStream<LinkState>.Continuation] = []
    private var questions = Questions()
    private var lastAudit: [AuditRecord] = []
    /// When the last picture came.
    private var heardAt = 0.0
    private var hasConnected = false
    /// When the daemon that was spoken to last had started: another time is another daemon.
    private var daemon: Double?
    private static let restarted =
        "the daemon was restarted: HOLD, the helm and plans that waited are gone; look at the moves (M)"
    private var hasEnded = false

    /// - Parameters:
    ///   - wants: `viewer` to look only; empty: what the daemon gives.
    ///   - patience: seconds within which a daemon of this host must answer.
    ///   - voucher: whose key this is, on a daemon's gate.
    ///   - random: numbers of 0..<1, for the time between two tries.
    package init(
        _ address: LinkAddress, build: String, wants: String = "", session: String, program: String = "attach",
        patience: Double = 5, voucher: Voucher? = nil,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.address = address
        self.random = random
        mark = String(UInt64.random(in: 0...UInt64.max), radix: 16)
        hello = ClientConnection.Hello(
            build: build, wants: wants, session: session, program: program, patience: patience, voucher: voucher)
    }

    /// Connects for the first time.
    ///
    /// - Throws: `LinkError` where nobody is there, or does not have us.
    package func connect() async throws -> Welcome {
        var hello = hello
        var isRemote = false
        if case .ssh = address { isRemote = true }
        // Fingers are slower than daemons: the first time ssh may ask for a password.
        if isRemote { hello.patience = hasConnected ? 25 : 180 }
        let connection = try await ClientConnection.open(
            address, hello: hello, view: view, mayAsk: !hasConnected, group: group)
        for await action in connection.actions {
            if case .welcome(let welcome) = action {
                self.connection = connection
                if !hasConnected { daemon = welcome.started }
                hasConnected = true
                return welcome
            }
            if case .close(let why, let isFinal) = action {
                let words = await connection.close(why)
                throw LinkError(isFinal ? .refused : .unreachable, "\(address): \(words)")
            }
        }
        let words = await connection.close(ClientConnection.silentEnd)
        throw LinkError(.unreachable, "\(address): \(words)")
    }

    /// Hears the daemon, and finds it again when the link drops, until the task is cancelled.
    package func run() async {
        while !Task.isCancelled, !hasEnded {
            if let connection {
                let why = await connection.close(await hear(connection))
                self.connection = nil
                guard !Task.isCancelled else { break }
                lose(why)
            }
            await reconnect()
        }
        await end()
    }

    /// Ends the streams and the connection. Once.
    package func end() async {
        guard !hasEnded else { return }
        hasEnded = true
        connection?.close()
        connection = nil
        questions.end("The program ends.")
        for reader in readers { reader.finish() }
        for watcher in watchers { watcher.finish() }
        // ignored because nothing is left that could use it.
        try? await group.shutdownGracefully()
    }

    // MARK: The link

    /// - Returns: why it is over.
    private func hear(_ connection: ClientConnection) async -> String {
        heardAt = Monotonic.now()
        for await action in connection.actions {
            switch action {
            case .send, .welcome: break
            case .snapshot(let snapshot):
                heardAt = Monotonic.now()
                take(snapshot)
            case .planned(let ask, let answer): questions.plans.removeValue(forKey: ask)?.resume(returning: answer)
            case .audited(let ask, let records):
                lastAudit = records
                questions.audits.removeValue(forKey: ask)?.resume(returning: records)
            case .people(let ask, let people): questions.people.removeValue(forKey: ask)?.resume(returning: people)
            case .outcome(let id, let outcome): questions.answer(id, outcome)
            case .close(let why, _): return why
            }
        }
        return ClientConnection.silentEnd
    }

    private func take(_ snapshot: FactorySnapshot) {
        latest = snapshot
        if lost != nil {
            lost = nil
            tell(.up)
        }
        readers.removeAll { reader in
            if case .terminated = reader.yield(snapshot) { true } else { false }
        }
    }

    private func lose(_ why: String) {
        backOff.reset()
        // From the last picture on: a daemon that hangs is found out only after a while.
        lost = (heardAt, why)
        questions.drop()
        tell(.lost(for: Seconds(Monotonic.now() - heardAt), why: why))
        guard let locked = shown else { return }
        for reader in readers { reader.yield(locked) }
    }

    /// The last picture; while the link is lost nothing may act on it.
    private var shown: FactorySnapshot? {
        guard lost != nil, var snapshot = latest else { return latest }
        snapshot.mode = .observe
        snapshot.observeOnly =
            "LINK LOST: nothing can be sent; this is the last picture, and keys act again when the link is back"
        return snapshot
    }

    /// Waits, counting aloud, and tries; both again and again until the daemon is there.
    private func reconnect() async {
        while !Task.isCancelled, !hasEnded, connection == nil {
            let until = Monotonic.now() + backOff.next(chance: random())
            repeat {
                // ignored because a cancelled wait is over as well.
                try? await Task.sleep(for: .seconds(max(0.01, min(1, until - Monotonic.now()))))
                count()
            } while Monotonic.now() < until && !Task.isCancelled && !hasEnded
            guard !Task.isCancelled, !hasEnded else { return }
            do {
                let welcome = try await connect()
                if let before = daemon, before != welcome.started, let lost {
                    tell(.lost(for: Seconds(Monotonic.now() - lost.since), why: Self.restarted))
                }
                daemon = welcome.started
                if !state.isEmpty { connection?.say(.remember(state)) }
                questions.unanswered.forEach { connection?.say(.inquire($0)) }
            } catch {
                if let lost { self.lost = (lost.since, (error as? LinkError)?.text ?? "\(error)") }
            }
        }
    }

    /// Says how long the link has been lost, and gives up on answers that nobody will bring.
    private func count() {
        guard let lost else { return }
        let span = Monotonic.now() - lost.since
        tell(.lost(for: Seconds(span), why: lost.why))
        if span > Self.unansweredAfter { questions.giveUp() }
    }

    private func tell(_ state: LinkState) {
        watchers.removeAll { watcher in
            if case .terminated = watcher.yield(state) { true } else { false }
        }
    }

    // MARK: Plant

    package func snapshots() -> AsyncStream<FactorySnapshot> {
        let (stream, reader) = AsyncStream.makeStream(of: FactorySnapshot.self, bufferingPolicy: .bufferingNewest(1))
        if let shown { reader.yield(shown) }
        if hasEnded { reader.finish() } else { readers.append(reader) }
        return stream
    }

    // `async` like the protocol's: a caller who waits would get the default of every other plant.
    package func links() async -> AsyncStream<LinkState> {
        let (stream, watcher) = AsyncStream.makeStream(of: LinkState.self, bufferingPolicy: .bufferingNewest(8))
        watcher.yield(lost.map { .lost(for: Seconds(Monotonic.now() - $0.since), why: $0.why) } ?? .up)
        if hasEnded { watcher.finish() } else { watchers.append(watcher) }
        return stream
    }

    package func look(at view: PlantView) async {
        self.view = view
        connection?.say(.look(view))
    }

    /// Says where the person is, for their next session of this name; while the link is lost it is kept until it is back.
    package func remember(_ state: [UInt8]) {
        self.state = state
        connection?.say(.remember(state))
    }

    /// Says where the person is a last time, and comes back when the daemon has heard it, or when the link drops.
    package func leave(at state: [UInt8]) async {
        remember(state)
        // It takes one word after the other: who answers this one has taken the last.
        _ = await presence()
    }

    package func plan(_ draft: Draft, by who: Operator) async -> PlanAnswer {
        guard let connection else {
            return .impossible("The link to the daemon is lost: plan again when it is back.")
        }
        return await withCheckedContinuation { answer in
            let ask = questions.next()
            questions.plans[ask] = answer
            connection.say(.plan(ask, draft))
        }
    }

    package func perform(_ command: PlantCommand, by who: Operator) async -> CommandOutcome {
        guard let connection else {
            return CommandOutcome(command, .refused, "The link to the daemon is lost: nothing was sent.")
        }
        return await withCheckedContinuation { answer in
            // Unique for good: asked about after a drop by this name.
            let id = "\(mark)-\(questions.next())"
            questions.commands[id] = (command, answer)
            connection.say(.perform(id, command))
        }
    }

    package func audit(limit: Int) async -> [AuditRecord] {
        guard let connection else { return lastAudit }
        return await withCheckedContinuation { answer in
            let ask = questions.next()
            questions.audits[ask] = answer
            connection.say(.audit(ask, limit: limit))
        }
    }

    package func presence() async -> [Attached] {
        guard let connection else { return [] }
        return await withCheckedContinuation { answer in
            let ask = questions.next()
            questions.people[ask] = answer
            connection.say(.people(ask))
        }
    }
}
