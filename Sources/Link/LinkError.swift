// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Why there is no connection, or no daemon, in a sentence with what to do.
package struct LinkError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// Nobody is there: another try may find somebody.
        case unreachable
        /// Somebody is there and will not have us: another try changes nothing.
        case refused
        /// A path, address or permission that cannot be used.
        case unusable
    }

    package var kind: Kind
    package var text: String

    package init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    package var description: String { text }
}

/// The system's own words.
enum SystemWords {
    static func text(_ code: Int32) -> String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }

    /// Why a daemon cannot be reached, and what to do.
    static func unreachable(_ code: Int32, _ address: String) -> String {
        switch code {
        case ENOENT: "no daemon has a socket at \(address): start one with 'tokenworks serve'"
        case ECONNREFUSED: "nobody serves on \(address) any more: start a daemon with 'tokenworks serve'"
        case EACCES, EPERM:
            "you may not use \(address): ask who runs the daemon to put you into the group of its folder"
        default: "\(address) cannot be reached: \(text(code))"
        }
    }
}

/// A clock that only goes forward. Unit: s.
enum Monotonic {
    @Sendable static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
