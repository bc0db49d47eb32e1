// SPDX-License-Identifier: Apache-2.0

import Backends
import Control
import Dashboard
import Factory
import Planning
import Screen
import Simulation

@testable import tokenworks

/// A dashboard and its plant in this process, on a clock that only the test moves.
///
/// Effects are answered as `Session` and `DashboardProgram` answer them: one after the other, the newest snapshot
/// before the answer that may speak of it.
struct Rehearsal {
    /// Wall seconds between two ticks: the simulation's poll.
    static let tick = 0.25
    static let you = Operator(name: "ops1", mayAct: true)

    let plant: LocalPlant
    let records: PlantRecords
    private(set) var state: DashboardState
    let width: Int
    let height: Int
    /// Wall seconds since the curtain rose; the UI's monotonic clock as well.
    private(set) var now = 0.0
    private(set) var hasQuit = false

    /// Ends when it is cancelled.
    private static let forever: @Sendable () async -> Void = {
        for await _ in AsyncStream<Never>.makeStream().stream {}
    }

    init(
        width: Int, height: Int, nodes: Int = 64, seed: UInt64 = SimulationSettings.standardSeed, speed: Double = 30
    ) async {
        self.width = width
        self.height = height
        var named = Configuration.Simulated()
        (named.nodes, named.seed) = (nodes, seed)
        guard let settings = try? SimulationWiring.settings(named) else { preconditionFailure("the standard drill") }
        let backend = SimulatedBackend(
            settings, traffic: .generated(seed: seed), clock: SimulationClock(speed: speed), poll: Seconds(Self.tick))
        records = .inMemory(plant: "sim", wall: { 1_800_000_000 })
        // A machine under load must not turn a slow observation into another picture.
        plant = LocalPlant(
            name: "sim", observers: [backend], actuator: backend, observeOnly: nil, planner: Planner(),
            records: records, wall: { 0 },
            patience: Self.forever, enginePatience: Self.forever)
        state = DashboardState(
            options: DashboardOptions(
                plant: "sim", kind: .simulated(speed: speed, demandScale: backend.demandScale, seed: seed),
                you: Self.you, themes: ["default", "mono"]))
        // The half hour of the past that every dashboard on a simulation opens with.
        for left in stride(from: 60, to: 0, by: -1) { await plant.tick(now: -Double(left) * 30 / speed) }
        await wait(0)
    }

    /// Lets the wall clock go on by one poll, or by as much as is said.
    mutating func wait(_ seconds: Double = Rehearsal.tick) async {
        now += seconds
        await plant.tick(now: now)
        await take(.tick(at: now))
    }

    mutating func press(_ key: Key) async { await take(.input(.key(key), at: now)) }

    mutating func receive(_ input: TerminalInput) async { await take(.input(input, at: now)) }

    /// The picture a terminal of this size would get now.
    mutating func frame() -> Frame { state.frame(width: width, height: height, at: now) }

    var snapshot: FactorySnapshot { state.newest }

    /// Plant seconds per wall second, as the newest snapshot says.
    var speed: Double { if case .simulated(let speed, _, _) = snapshot.kind { speed } else { 1 } }

    private mutating func take(_ event: Event) async {
        var events = await arrived([event])
        while !events.isEmpty {
            for effect in state.update(events.removeFirst()) { events += await arrived(answers(to: effect)) }
        }
    }

    /// A snapshot that nobody has looked at goes first.
    private func arrived(_ events: [Event]) async -> [Event] {
        guard let newest = await plant.newest, newest.sequence != snapshot.sequence else { return events }
        return [.snapshotArrived(newest)] + events
    }

    private mutating func answers(to effect: Effect) async -> [Event] {
        switch effect {
        case .plan(let draft): return [.planReady(await plant.plan(draft, by: Self.you))]
        case .perform(let command): return [.commandFinished(await plant.perform(command, by: Self.you))]
        case .audit(let limit): return [.auditArrived(await plant.audit(limit: limit))]
        case .setTheme(let name): return [.themeChanged(name, problem: nil)]
        case .quit: hasQuit = true
        case .redraw, .suspend: break
        }
        return []
    }
}
