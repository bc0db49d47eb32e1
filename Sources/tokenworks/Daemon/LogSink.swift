// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// Lines on their way to stderr or a file: whoever logs goes on at once, and a thread of its own writes them in order.
///
/// A pipe that nobody empties, or a full disk, costs lines and says so afterwards; it never stops the daemon.
final class LogSink: Sendable {
    enum Place: Sendable {
        case file(String)
        /// Open already, and not this sink's to close.
        case descriptor(Int32)

        static let standardError = Place.descriptor(STDERR_FILENO)
    }

    private struct Queue {
        var lines: [[UInt8]] = []
        var bytes = 0
        var lost = 0
        var isEnding = false
    }

    /// Bytes that wait; beyond, lines are lost.
    private static let room = 4 << 20

    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)
    /// Tells of lines that were lost.
    private let lament: @Sendable (_ count: Int, _ why: String) -> [UInt8]

    /// - Parameter lament: the line that stands for so many lost ones.
    /// - Throws: `Complaint` where the file cannot be written.
    init(_ place: Place, limit: Int = 10 << 20, lament: @escaping @Sendable (Int, String) -> [UInt8]) throws {
        self.lament = lament
        switch place {
        case .descriptor(let number): Thread.detachNewThread { [self] in run { Self.write($0, to: number) } }
        case .file(let path):
            // Opened here, for the complaint; written by the thread alone.
            let file = try LogFile(path, limit: limit)
            Thread.detachNewThread { [self] in run { file.append($0) } }
        }
    }

    func put(_ line: [UInt8]) {
        queue.withLock { queue in
            guard !queue.isEnding else { return }
            if queue.bytes + line.count > Self.room {
                queue.lost += 1
            } else {
                queue.lines.append(line)
                queue.bytes += line.count
            }
        }
        wake.signal()
    }

    /// Writes what waits, for so long at most; nothing is taken after.
    func finish(within seconds: Double = 2) {
        queue.withLock { $0.isEnding = true }
        wake.signal()
        _ = done.wait(timeout: .now() + seconds)
    }

    private func run(_ write: ([UInt8]) -> Int32?) {
        var failed = 0
        var why = "too many at once"
        while true {
            wake.wait()
            let (lines, lost, isEnding) = queue.withLock { queue in
                defer { (queue.lines, queue.bytes, queue.lost) = ([], 0, 0) }
                return (queue.lines, queue.lost, queue.isEnding)
            }
            for line in lines {
                if failed > 0, write(lament(failed, why)) == nil { failed = 0 }
                guard let code = write(line) else { continue }
                failed += 1
                why = String(cString: strerror(code))
            }
            if lost > 0 {
                failed += lost
                why = "too many at once"
            }
            if isEnding { break }
        }
        if failed > 0 { _ = write(lament(failed, why)) }
        done.signal()
    }

    /// In one piece, as far as the system lets it.
    private static func write(_ line: [UInt8], to descriptor: Int32) -> Int32? {
        var written = 0
        while written < line.count {
            let result = line.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress?.advanced(by: written), line.count - written)
            }
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { return errno }
            written += result
        }
        return nil
    }
}

/// The file of one thread.
private final class LogFile: Sendable {
    private let file: Mutex<RotatingFile>

    init(_ path: String, limit: Int) throws { file = Mutex(try RotatingFile(path, limit: limit)) }

    func append(_ line: [UInt8]) -> Int32? { file.withLock { $0.append(line) } }
}
