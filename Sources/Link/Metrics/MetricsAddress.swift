// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Where the daemon's own metrics are read: an address of this host, never a name that may mean several.
package struct MetricsAddress: Sendable, Hashable, CustomStringConvertible {
    package let host: String
    package let port: Int

    /// Reads `127.0.0.1:9464` and `[::1]:9464`; port 0 takes a free one.
    package init(_ text: String) throws(LinkError) {
        let problem = LinkError(
            .unusable, "'\(text)' is no address to listen on: write 127.0.0.1:9464 or [::1]:9464, numbers only")
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw problem
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host.contains(":") else { throw problem }
        } else if host.contains(":") {
            throw problem
        }
        guard let address = try? SocketAddress(ipAddress: host, port: Int(port)), address.port != nil else {
            throw problem
        }
        self.host = host
        self.port = Int(port)
    }

    /// Whether only this host can ask there.
    package var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
