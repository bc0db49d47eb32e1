// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

/// Signals that ask a program without a terminal to end. From the moment that this is made none of them does anything else.
struct Signals {
    private let stream: AsyncStream<Int32>
    private let sources: [any DispatchSourceSignal]

    init(_ numbers: [Int32]) {
        let (stream, sender) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { sender.yield(number) }
            source.resume()
            return source
        }
    }

    /// The first of them that comes, or has come already.
    func first() async -> Int32 {
        defer { sources.forEach { $0.cancel() } }
        for await number in stream { return number }
        return 0
    }
}
