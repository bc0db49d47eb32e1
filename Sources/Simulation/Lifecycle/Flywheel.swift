// SPDX-License-Identifier: Apache-2.0

import Factory

/// Production logs that come back: buffer, fine-tune, evaluation, canary, roll-out; one turn after the other.
struct Flywheel: Sendable {
    /// Where the present turn stands.
    enum Phase: Sendable, Hashable {
        case filling
        /// The fine-tune is submitted, and runs as soon as nodes are free.
        case tuning(JobID)
        case evaluating(until: Double)
        case canary(until: Double)
        /// Nodes that still serve the old model, and the one that loads the new one.
        case rolling(left: [Int], loading: Int?, of: Int)
    }

    var phase = Phase.filling
    /// What goes on after a model from elsewhere.
    private var waiting: Phase?
    /// Accepted log tokens that wait for a fine-tune.
    private(set) var buffer: TokenStock
    /// Score of the serving model, of the one on its way, and what the last turn gave.
    private(set) var quality = 0.62
    private var candidate = 0.0
    private(set) var lastGain: Double?
    /// When the serving model was deployed, on the plant's clock.
    private(set) var deployedAt: Double
    private(set) var deployed = 0
    private(set) var turnedBack = 0
    /// Accepted log tokens/s, smoothed.
    private(set) var flow = Smoothed(over: 60)
    /// A roll-out that a drill has spoiled: its canary will say so.
    var isSpoiled = false

    /// How much longer the tuned class answers: a spoiled model on the canary's 5 % does not find its end.
    var canaryLength: Double {
        guard isSpoiled, case .canary = phase else { return 1 }
        return 1 + Self.canaryShare * 7
    }
    private var dice: Dice
    /// Since the start, for the books.
    private(set) var accepted = 0.0
    private(set) var used = 0.0
    private(set) var spilled = 0.0
    private let opening: Double

    /// Part of the answers that users let be logged, and part of those that is worth training on.
    static let logged = 0.2
    static let acceptance = 0.15
    static let evaluationTime = 900.0
    static let canaryTime = 600.0
    static let canaryShare = 0.05

    /// - Parameter rate: output tokens/s of the plant at the start; the buffer takes three hours of it.
    init(rate: Double, seed: UInt64, at now: Double) {
        let capacity = max(1, 3 * 3600 * rate * Self.logged * Self.acceptance)
        buffer = TokenStock(tokens: 0.85 * capacity, capacity: capacity)
        opening = buffer.tokens
        dice = Dice(seed: seed, stream: 21)
        deployedAt = now - dice.between(2, 6) * 86_400
        flow.value = rate * Self.logged * Self.acceptance
    }

    /// One second of answers.
    mutating func log(_ tokens: Double) {
        let kept = tokens * Self.logged * Self.acceptance
        flow.add(kept)
        accepted += kept
        let room = max(0, (buffer.capacity ?? .infinity) - buffer.tokens)
        buffer.tokens += min(kept, room)
        spilled += max(0, kept - room)
    }

    var isFull: Bool { (buffer.fill?.value ?? 0) >= 0.999 }

    /// The fine-tune takes the buffer.
    mutating func begin(_ job: JobID) {
        used += buffer.tokens
        buffer.tokens = 0
        phase = .tuning(job)
    }

    /// What evaluation finds; a candidate that is no better goes no further.
    mutating func judge() -> Bool {
        candidate = 0.006 + 0.008 * dice.normal()
        lastGain = candidate
        if candidate > 0 { return true }
        turnedBack += 1
        phase = .filling
        return false
    }

    /// A model from elsewhere goes to the canary: a fine-tune or its evaluation waits for its end, a candidate that has got
    /// further is overtaken by it.
    mutating func accept(gain: Double, isBad: Bool, until end: Double) {
        switch phase {
        case .tuning, .evaluating: waiting = phase
        case .filling, .canary, .rolling: break
        }
        isSpoiled = isBad
        candidate = gain
        lastGain = gain
        phase = .canary(until: end)
    }

    /// The canary has gone wrong.
    mutating func turnBack() {
        turnedBack += 1
        isSpoiled = false
        goOn()
    }

    private mutating func goOn() {
        phase = waiting ?? .filling
        waiting = nil
    }

    /// Every node serves the new model.
    mutating func deploy(at now: Double) {
        quality = min(0.99, quality + candidate)
        deployedAt = now
        deployed += 1
        goOn()
    }

    /// What is missing in the books: in equals out plus held. Unit: tokens.
    var imbalance: Double { opening + accepted - used - spilled - buffer.tokens }
}
