// SPDX-License-Identifier: Apache-2.0

import Glibc
import NIOCore

/// Addresses that are never asked, whatever name led to them.
///
/// Link-local ranges and the fixed addresses of clouds' metadata services, which give out credentials to whoever asks
/// from the right machine; multicast, broadcast and unspecified, which are no target. The address is looked at when the
/// URL is read, and again on every connection once the name has been resolved, before anything is sent.
/// Loopback and private ranges are what operators scrape: they are allowed.
enum RefusedAddress {
    /// Why an address written out is refused; nil for allowed ones and for names.
    static func reason(literal host: String) -> String? {
        let plain = host.lowercased()
        if ["metadata.google.internal", "metadata.goog", "instance-data"].contains(plain) {
            return "it is a cloud's metadata service"
        }
        var four = [UInt8](repeating: 0, count: 4)
        // inet_aton, as resolvers do, also takes 0xa9fea9fe and 169.16689662 for an address.
        let isFour = four.withUnsafeMutableBytes { inet_aton(host, $0.bindMemory(to: in_addr.self).baseAddress) }
        return isFour == 1 ? reason(four) : ipv6(host).flatMap(reason)
    }

    /// Whether it is an address written out, as a certificate would bear it, and not a name.
    static func isAddress(_ host: String) -> Bool {
        var four = [UInt8](repeating: 0, count: 4)
        return four.withUnsafeMutableBytes { inet_pton(AF_INET, host, $0.baseAddress) } == 1 || isIPv6(host)
    }

    static func isIPv6(_ host: String) -> Bool { ipv6(host) != nil }

    /// Why the other end of a connection is refused.
    static func reason(_ address: SocketAddress) -> String? {
        guard let text = address.ipAddress else { return "it is no network address" }
        return reason(literal: text)
    }

    private static func ipv6(_ host: String) -> [UInt8]? {
        var six = [UInt8](repeating: 0, count: 16)
        // A zone (fe80::1%eth0) belongs to link-local addresses only; what is before it decides.
        let plain = String(host.prefix { $0 != "%" })
        let isSix = six.withUnsafeMutableBytes { inet_pton(AF_INET6, plain, $0.baseAddress) }
        return isSix == 1 ? six : nil
    }

    /// - Parameter bytes: 4 or 16, in network order.
    static func reason(_ bytes: [UInt8]) -> String? {
        bytes.count == 4 ? reasonOfFour(bytes) : reasonOfSixteen(bytes)
    }

    private static func reasonOfFour(_ bytes: [UInt8]) -> String? {
        switch (bytes[0], bytes[1]) {
        case (169, 254): "it is link-local, where clouds keep their metadata service"
        case (100, 100) where bytes[2] == 100 && bytes[3] == 200: "it is a cloud's metadata service"
        case (0, _): "it is the unspecified address"
        case (224...239, _): "it is multicast"
        case (240..., _): "it is reserved or broadcast"
        default: nil
        }
    }

    private static func reasonOfSixteen(_ bytes: [UInt8]) -> String? {
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        let isTranslated = bytes.starts(with: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0])
        if isMapped || isTranslated { return reasonOfFour(Array(bytes[12...])) }
        if bytes.allSatisfy({ $0 == 0 }) { return "it is the unspecified address" }
        if bytes[0] == 0xfe, bytes[1] & 0xc0 == 0x80 { return "it is link-local" }
        if bytes[0] == 0xff { return "it is multicast" }
        if bytes == [0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54] {
            return "it is a cloud's metadata service"
        }
        return nil
    }
}
