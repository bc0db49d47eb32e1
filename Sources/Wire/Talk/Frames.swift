// SPDX-License-Identifier: Apache-2.0

import SwiftProtobuf

/// Why a conversation cannot go on, in a sentence.
package struct WireError: Error, Sendable, Hashable {
    package var text: String
    package init(_ text: String) { self.text = text }
}

/// Sizes of the contract. Unit: bytes.
enum WireLimit {
    /// A client's frame.
    static let fromClient = 64 << 10
    /// Either side's first frame.
    static let hello = 4 << 10
    /// A daemon's frame, and a piece of a larger one.
    static let chunk = 512 << 10
    /// The pieces of one frame together.
    static let whole = 128 << 20
    /// What may stand before a daemon's first word: a message of the day, the noise of a login script.
    static let noise = 4 << 10
}

/// Frames into bytes.
enum FrameWriter {
    /// The line that each side begins with.
    static let magic = Array("tokenworks\n".utf8)

    /// One frame, or its pieces.
    static func bytes(_ frame: WireFrame) -> [UInt8] {
        let whole = serialized(frame)
        guard whole.count > WireLimit.chunk else { return framed(whole) }
        let room = WireLimit.chunk - 64
        var all: [UInt8] = []
        for start in stride(from: 0, to: whole.count, by: room) {
            let end = min(whole.count, start + room)
            let part = WireFrame.with {
                $0.part.bytes = Array(whole[start..<end]).data
                $0.part.complete = end == whole.count
            }
            all += framed(serialized(part))
        }
        return all
    }

    private static func serialized(_ frame: WireFrame) -> [UInt8] {
        // ignored because only a message of more than 2 GiB does not serialise, and text here is a `String`.
        (try? frame.serializedBytes()) ?? []
    }

    private static func framed(_ payload: [UInt8]) -> [UInt8] {
        let count = UInt32(payload.count)
        return (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) } + payload
    }
}

/// Bytes into frames: anybody's bytes, in pieces of any size.
struct FrameReader: Sendable {
    private var buffer: [UInt8] = []
    private var position = 0
    private var hasBegun = false
    private var joined: [UInt8] = []
    /// The largest frame that is taken.
    var limit: Int
    /// Whether something else may stand before the first word.
    private let mayBeNoisy: Bool
    private let takesParts: Bool

    init(limit: Int, mayBeNoisy: Bool, takesParts: Bool) {
        self.limit = limit
        self.mayBeNoisy = mayBeNoisy
        self.takesParts = takesParts
    }

    mutating func append(_ bytes: [UInt8]) { buffer += bytes }

    /// The next frame; nil until more bytes have come.
    mutating func next() throws(WireError) -> WireFrame? {
        while true {
            guard try begin(), let payload = try payload() else {
                compact()
                return nil
            }
            let frame = try Self.parse(payload)
            guard case .part(let part)? = frame.body else { return frame }
            guard takesParts else { throw WireError("a client's frames come in one piece") }
            joined += part.bytes
            guard joined.count <= WireLimit.whole else {
                throw WireError("a frame of more than \(WireLimit.whole >> 20) MiB")
            }
            guard part.complete else { continue }
            defer { joined = [] }
            let whole = try Self.parse(joined)
            if case .part? = whole.body { throw WireError("pieces of pieces") }
            return whole
        }
    }

    private static func parse(_ payload: [UInt8]) throws(WireError) -> WireFrame {
        do {
            return try WireFrame(serializedBytes: payload)
        } catch {
            throw WireError("a frame that cannot be read")
        }
    }

    private mutating func payload() throws(WireError) -> [UInt8]? {
        guard buffer.count - position >= 4 else { return nil }
        let count = buffer[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        guard count <= limit else { throw WireError("a frame of \(count) bytes, and \(limit) are allowed") }
        guard buffer.count - position >= 4 + count else { return nil }
        defer { position += 4 + count }
        return Array(buffer[position + 4..<position + 4 + count])
    }

    /// Whether the first line has come.
    private mutating func begin() throws(WireError) -> Bool {
        if hasBegun { return true }
        let magic = FrameWriter.magic
        if !mayBeNoisy {
            let known = min(buffer.count, magic.count)
            guard buffer[..<known].elementsEqual(magic[..<known]) else {
                throw WireError("this is not tokenworks speaking")
            }
            guard known == magic.count else { return false }
            position = magic.count
            hasBegun = true
            return true
        }
        if let start = Self.place(of: magic, in: buffer) {
            position = start + magic.count
            hasBegun = true
            return true
        }
        guard buffer.count <= WireLimit.noise else { throw WireError("no daemon answers; what came: \(noise)") }
        return false
    }

    /// What came instead of a first word, for people.
    var noise: String {
        hasBegun ? "" : String(decoding: buffer.prefix(200), as: UTF8.self)
    }

    private static func place(of line: [UInt8], in buffer: [UInt8]) -> Int? {
        guard buffer.count >= line.count else { return nil }
        return (0...buffer.count - line.count).first { start in
            // A word of its own, at the beginning of a line.
            (start == 0 || buffer[start - 1] == 0x0A) && buffer[start..<start + line.count].elementsEqual(line)
        }
    }

    private mutating func compact() {
        guard position > 0 else { return }
        buffer.removeFirst(position)
        position = 0
    }
}
