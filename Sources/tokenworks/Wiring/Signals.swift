// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

/// Signals that ask a program without a terminal to end. From the moment that this is made none of them does anything else.
struct Signals {
    /// The numbers of those that come, or have come already.
    let numbers: AsyncStream<Int32>
    private let wanted: [Int32]
    private let sources: [any DispatchSourceSignal]

    init(_ wanted: [Int32]) {
        self.wanted = wanted
        let (stream, sender) = AsyncStream.makeStream(of: Int32.self)
        self.numbers = stream
        // A signal that comes before its source is in place would be ignored for good, and whoever sent it would wait.
        let places = DispatchGroup()
        sources = wanted.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { sender.yield(number) }
            places.enter()
            source.setRegistrationHandler { places.leave() }
            source.resume()
            return source
        }
        places.wait()
    }

    /// They are heard until here.
    func end() { sources.forEach { $0.cancel() } }

    /// From here on they end the program, as they do where nobody listens.
    func release() {
        end()
        for number in wanted { signal(number, SIG_DFL) }
    }

    /// Ends the program by a signal, as whoever started it expects it to end.
    static func end(by number: Int32) -> Never {
        signal(number, SIG_DFL)
        // A thread of the pool is one that signals do not reach.
        var own = sigset_t()
        sigemptyset(&own)
        sigaddset(&own, number)
        pthread_sigmask(SIG_UNBLOCK, &own, nil)
        raise(number)
        exit(128 + number)
    }
}
