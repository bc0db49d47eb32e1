// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

/// Signals that ask a program without a terminal to end.
enum Signals {
    /// The first of them that comes; from then on none of them does anything.
    static func first(of numbers: [Int32]) async -> Int32 {
        let (stream, sender) = AsyncStream.makeStream(of: Int32.self)
        let sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { sender.yield(number) }
            source.resume()
            return source
        }
        defer { sources.forEach { $0.cancel() } }
        for await number in stream { return number }
        return 0
    }
}
