// SPDX-License-Identifier: Apache-2.0

/// Versions of the contract. A change that an older side cannot skip makes a new one; the one before is kept.
enum WireVersion {
    static let newest: UInt32 = 1
    static let oldest: UInt32 = 1

    /// The newest that both speak; nil without one.
    static func common(_ oldest: UInt32, _ newest: UInt32) -> UInt32? {
        let best = min(newest, Self.newest)
        return best >= max(oldest, Self.oldest) ? best : nil
    }

    /// Why a client of those versions cannot be served, and what to do.
    static func mismatch(_ oldest: UInt32, _ newest: UInt32, _ build: String) -> String {
        let who = newest < Self.oldest ? "older" : "newer"
        let what =
            newest < Self.oldest ? "install the daemon's version here" : "restart the daemon with the newer program"
        return
            "your tokenworks is \(who) than the daemon (\(build)): it speaks version \(range(Self.oldest, Self.newest)) "
            + "of the contract and you \(range(oldest, newest)); \(what)"
    }

    private static func range(_ oldest: UInt32, _ newest: UInt32) -> String {
        oldest == newest ? "\(newest)" : "\(oldest) to \(newest)"
    }
}
