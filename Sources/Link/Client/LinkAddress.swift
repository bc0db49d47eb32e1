// SPDX-License-Identifier: Apache-2.0

/// Where a daemon is: `unix:PATH`, or `ssh://[user@]host[:port][/path]`.
package enum LinkAddress: Sendable, Hashable, CustomStringConvertible {
    case unix(String)

    /// - Throws: `LinkError`, with the forms there are.
    package init(_ text: String) throws(LinkError) {
        let prefix = "unix:"
        guard text.hasPrefix(prefix) else {
            throw LinkError(.unusable, "'\(text)' is no address of a daemon: write unix:/path/of/the.sock")
        }
        var path = String(text.dropFirst(prefix.count))
        if path.hasPrefix("//") { path.removeFirst(2) }
        _ = try SocketPath.address(path)
        self = .unix(path)
    }

    package var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        }
    }
}
