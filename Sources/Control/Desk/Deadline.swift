// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Waits for an answer only as long as patience lasts.
enum Deadline {
    /// What `work` gives, or nil when `patience` returns first; `work` then goes on alone and its answer is dropped.
    static func first<Answer: Sendable>(
        _ work: @escaping @Sendable () async -> Answer, until patience: @escaping @Sendable () async -> Void
    ) async -> Answer? {
        let once = Once<Answer>()
        Task { await once.give(work()) }
        let limit = Task {
            await patience()
            once.give(nil)
        }
        defer { limit.cancel() }
        return await withCheckedContinuation { once.wait($0) }
    }

    /// Long for an engine that only has to accept an order.
    @Sendable static func tenSeconds() async {
        // ignored because a cancelled wait is over as well.
        try? await Task.sleep(for: .seconds(10))
    }
}

/// The first of two answers, for one waiter.
private final class Once<Answer: Sendable>: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Answer?, Never>)
        case given(Answer?)
        case over
    }

    private let state = Mutex<State>(.idle)

    func give(_ answer: Answer?) {
        let waiter: CheckedContinuation<Answer?, Never>? = state.withLock { state in
            switch state {
            case .idle: state = .given(answer)
            case .waiting(let waiter):
                state = .over
                return waiter
            case .given, .over: break
            }
            return nil
        }
        waiter?.resume(returning: answer)
    }

    func wait(_ continuation: CheckedContinuation<Answer?, Never>) {
        let ready: Answer?? = state.withLock { state in
            if case .given(let answer) = state {
                state = .over
                return .some(answer)
            }
            state = .waiting(continuation)
            return .none
        }
        if let ready { continuation.resume(returning: ready) }
    }
}
