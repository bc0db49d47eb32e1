// SPDX-License-Identifier: Apache-2.0

import Factory

/// When in an interval each target is asked: thousands at once would be a burst for this host, for the network and for
/// every exporter that shares a machine.
enum PollSchedule {
    /// Up to so many targets are asked at once: their numbers are of one moment, and nobody feels them.
    static let together = 32
    /// So long the first observation of many targets waits for what they say. Unit: s.
    static let firstLook = 0.2
    /// Unit: targets per second.
    private static let quickly = 500.0

    /// The time in which so many targets can be asked for the first time.
    static func quickest(_ count: Int, _ interval: Seconds) -> Seconds {
        min(interval, Seconds(Double(count) / quickly))
    }

    /// The part of an interval after which a URL is asked: the same in every process and after every change of the list.
    ///
    /// Range 0..<1.
    static func offset(of url: String) -> Double {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in url.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        // URLs of one plant differ in their last digits, which must reach the first bits.
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 33
        return Double(hash >> 11) / Double(1 << 53 as UInt64)
    }
}
