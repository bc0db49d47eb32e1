// SPDX-License-Identifier: Apache-2.0

/// Lets one through at a time, in the order of arrival: an actor alone keeps no order across an `await`.
///
/// Whoever has entered must leave. It belongs to the actor that creates it.
struct Turnstile {
    private var isBusy = false
    private var line: [CheckedContinuation<Void, Never>] = []

    /// Takes the turn when it is free.
    mutating func tryEnter() -> Bool {
        if isBusy { return false }
        isBusy = true
        return true
    }

    /// How many stand in line.
    var waiting: Int { line.count }

    mutating func join(_ waiter: CheckedContinuation<Void, Never>) { line.append(waiter) }

    /// Hands the turn to the next in line.
    mutating func leave() {
        if line.isEmpty { isBusy = false } else { line.removeFirst().resume() }
    }
}
