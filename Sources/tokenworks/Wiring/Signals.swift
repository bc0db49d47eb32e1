// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Glibc

/// Signals that ask a program without a terminal to end. From the moment that this is made none of them does anything else.
struct Signals {
    /// The numbers of those that come, or have come already.
    let numbers: AsyncStream<Int32>
    private let sources: [any DispatchSourceSignal]

    init(_ wanted: [Int32]) {
        let (stream, sender) = AsyncStream.makeStream(of: Int32.self)
        self.numbers = stream
        sources = wanted.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { sender.yield(number) }
            source.resume()
            return source
        }
    }

    /// They are heard until here.
    func end() { sources.forEach { $0.cancel() } }
}
