// SPDX-License-Identifier: Apache-2.0

package import Factory

/// A move as the audit keeps it: whole in the `accepted` that starts it, then step by step.
package enum MoveJournal {
    /// What the `accepted` of a submission says of the move.
    static func details(of move: MoveStatus) -> [String: String] {
        var details = [AuditKey.to: pool(move.to), AuditKey.units: move.units.map(unit).joined(separator: ";")]
        details["wave_spacing_s"] = String(move.waveSpacing.value)
        if let reverses = move.reverses { details["reverses"] = "\(reverses)" }
        for (key, value) in numbers(of: move.forecast) { details["promised_\(key)"] = value }
        return details
    }

    /// A forecast or an outcome as details; unknown parts are absent.
    static func numbers(of forecast: MoveForecast) -> [String: String] {
        var numbers: [String: String] = [:]
        numbers["ready_s"] = forecast.ready.map { String($0.value) }
        numbers["ready_p95_s"] = forecast.readyP95.map { String($0.value) }
        numbers[AuditKey.lost] = forecast.lost.map { String($0.value) }
        numbers["wait_after_s"] = forecast.waitAfter.map { String($0.value) }
        return numbers
    }

    /// The moves that records tell of, oldest first, each as its last record left it.
    ///
    /// - Parameter records: oldest first.
    package static func moves(in records: [AuditRecord]) -> [MoveStatus] {
        var moves: [MoveStatus] = []
        var heard: [DecisionID: PlantTime] = [:]
        for record in records {
            guard let decision = record.decision else { continue }
            // A simulation's clock begins anew: an end written by a later run is no earlier than what is known.
            defer { heard[decision] = max(heard[decision] ?? record.at, record.at) }
            if record.kind == .accepted, let started = start(record) {
                heard[decision] = nil
                moves.removeAll { $0.decision == decision }
                moves.append(started)
            } else if let index = moves.lastIndex(where: { $0.decision == decision }) {
                follow(record, after: heard[decision] ?? record.at, &moves[index])
            }
        }
        return moves
    }

    /// The move that an `accepted` starts; nil for any other record.
    static func start(_ record: AuditRecord) -> MoveStatus? {
        guard let decision = record.decision, let units = record.details[AuditKey.units],
            let to = record.details[AuditKey.to].flatMap(pool(named:))
        else { return nil }
        var move = MoveStatus(
            decision: decision, by: record.by, to: to, phase: .running, startedAt: record.at,
            units: units.split(separator: ";").compactMap(unit(named:)),
            reverses: record.details["reverses"].flatMap(DecisionID.init(parsing:)),
            forecast: forecast(in: record.details, prefix: "promised_"))
        move.waveSpacing = Seconds(number(record.details["wave_spacing_s"]) ?? 0)
        if record.details[AuditKey.flag] != nil { move.alone = record.details[AuditKey.reason] }
        return move
    }

    /// The command of an abort, as its records have it.
    static func abort(of decision: DecisionID) -> String { "abort \(decision)" }

    /// Why the move that an `accepted` starts cannot be taken up by this version: the half of a sentence; nil: it can.
    static func obstacle(to record: AuditRecord) -> String? {
        guard start(record) != nil else {
            return "this version of tokenworks does not know where it goes ('\(record.details[AuditKey.to] ?? "")')"
        }
        let units = record.details[AuditKey.units]?.split(separator: ";") ?? []
        let unread = units.first { unit(named: $0) == nil }
        return unread.map { "this version of tokenworks cannot read how a unit of it is moved ('\($0)')" }
    }

    /// Takes the next record of a move into it.
    ///
    /// - Parameter heard: the latest time that any record of it had before.
    static func follow(_ record: AuditRecord, after heard: PlantTime, _ move: inout MoveStatus) {
        if record.kind == .accepted, record.details[AuditKey.command] == abort(of: move.decision) { abort(&move) }
        if let index = move.units.firstIndex(where: { $0.node == record.node }) { follow(record, &move.units[index]) }
        if let phase = record.details[AuditKey.moveEnd].flatMap(MoveStatus.Phase.init) {
            let arrived = record.details[AuditKey.arrived]?.split(separator: ";").map { NodeID(String($0)) } ?? []
            end(&move, phase, at: max(record.at, heard), arrived: Set(arrived))
        }
        if record.kind == .verified { move.outcome = forecast(in: record.details, prefix: "") }
        if let lost = number(record.details[AuditKey.lost]) { move.lost = GPUHours(lost) }
    }

    /// Takes the next record of a unit into it: a step, a problem or an end.
    private static func follow(_ record: AuditRecord, _ unit: inout UnitMove) {
        if record.kind == .step, let step = record.step {
            unit.step = step
            unit.phase = step == .restore ? .aborting : .running
            if step.mark == .loss { unit.pastLoss = true }
        }
        let problem = record.details[AuditKey.problem]
        if let problem { unit.problem = problem }
        if let phase = record.details[AuditKey.unitEnd].flatMap(UnitMove.Phase.init) {
            unit.phase = phase
            // Audits of older versions have the problem in the sentence only.
            if phase == .failed, problem == nil { unit.problem = record.text }
        } else if problem != nil {
            unit.phase = .aborting
        }
    }

    /// What an abort does to a move at once, as `MoveMachine` does it: units that wait stay, those before LOSS go back.
    private static func abort(_ move: inout MoveStatus) {
        move.phase = .aborting
        for index in move.units.indices {
            switch move.units[index].phase {
            case .waiting: move.units[index].phase = .aborted
            case .running, .held: if !move.units[index].pastLoss { move.units[index].phase = .aborting }
            case .done, .failed, .aborting, .aborted: break
            }
        }
    }

    private static func end(
        _ move: inout MoveStatus, _ phase: MoveStatus.Phase, at: PlantTime, arrived: Set<NodeID>
    ) {
        move.phase = phase
        move.finishedAt = at
        for index in move.units.indices {
            if phase == .done || arrived.contains(move.units[index].node) {
                move.units[index].phase = .done
            } else if !move.units[index].isFinished, phase != .interrupted || move.units[index].phase == .aborting {
                move.units[index].phase = .aborted
            }
        }
    }

    private static func forecast(in details: [String: String], prefix: String) -> MoveForecast {
        func read(_ key: String) -> Double? { number(details[prefix + key]) }
        return MoveForecast(
            ready: read("ready_s").map(Seconds.init), readyP95: read("ready_p95_s").map(Seconds.init),
            lost: read(AuditKey.lost).map(GPUHours.init), waitAfter: read("wait_after_s").map(Seconds.init))
    }

    private static func number(_ text: String?) -> Double? { text.flatMap(Double.init) }

    /// `node|from|to|job|wave|GPU-h at stake`, `|route` where it has one, and `|job,job` where jobs are named that may be put
    /// back; each percent-escaped where it needs to be.
    private static func unit(_ unit: UnitMove) -> String {
        var fields = [
            escaped(unit.node.name), pool(unit.from), unit.to.map(pool) ?? "", unit.job.map { escaped($0.name) } ?? "",
            String(unit.wave), String(unit.atStake.value),
        ]
        if let route = unit.route {
            fields.append(route.rawValue)
            if let confirmed = unit.confirmed {
                fields.append(confirmed.map { escaped($0.name).replacing(",", with: "%2C") }.joined(separator: ","))
            }
        }
        return fields.joined(separator: "|")
    }

    private static func unit(named text: Substring) -> UnitMove? {
        let fields = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard (6...8).contains(fields.count), let from = pool(named: fields[1]), let wave = Int(fields[4]),
            let stake = Double(fields[5])
        else { return nil }
        var unit = UnitMove(
            node: NodeID(plain(fields[0])), from: from, job: fields[3].isEmpty ? nil : JobID(plain(fields[3])),
            wave: wave, to: pool(named: fields[2]), atStake: GPUHours(stake))
        if fields.count >= 7 {
            // A route that this version does not know is not guessed: its steps would be others.
            guard let route = MoveRoute(rawValue: fields[6]) else { return nil }
            unit.route = route
        }
        if fields.count == 8 {
            unit.confirmed = fields[7].split(separator: ",").map {
                JobID(plain(String($0).replacing("%2C", with: ",")))
            }
        }
        return unit
    }

    private static func pool(_ pool: Pool) -> String { escaped(pool.description) }

    private static func pool(named text: String) -> Pool? {
        switch text {
        case "training": .training
        case "spare": .spare
        default: text.hasPrefix("inference/") ? .inference(ServingClass(plain(String(text.dropFirst(10))))) : nil
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("|", with: "%7C").replacing(";", with: "%3B")
    }

    private static func plain(_ text: String) -> String {
        text.replacing("%3B", with: ";").replacing("%7C", with: "|").replacing("%25", with: "%")
    }
}
