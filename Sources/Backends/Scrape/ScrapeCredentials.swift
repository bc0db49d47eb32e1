// SPDX-License-Identifier: Apache-2.0

import AsyncHTTPClient

/// What shows a target who asks. It stands in a file, never in a flag, a URL or a configuration, and the file is read for
/// each request, so that a token that was changed holds at once.
package enum ScrapeCredentials: Sendable, Hashable {
    case bearer(tokenFile: String)
    case basic(user: String, passwordFile: String)

    private static let sizeLimit = 64 << 10

    /// Where it stands.
    var file: String {
        switch self {
        case .bearer(let file), .basic(_, let file): file
        }
    }

    /// Whether the file can be used now.
    ///
    /// - Throws: `TargetError` with the file and what is wrong.
    package func check() throws(TargetError) { _ = try secret() }

    /// The value of `Authorization`.
    func header() throws(ScrapeFailure) -> String {
        do throws(TargetError) {
            switch self {
            case .bearer: return HTTPClient.Authorization.bearer(tokens: try secret()).headerValue
            case .basic(let user, _):
                return HTTPClient.Authorization.basic(username: user, password: try secret()).headerValue
            }
        } catch {
            throw ScrapeFailure(.credentials, "is not asked: \(error.description)")
        }
    }

    /// The first line of the file.
    private func secret() throws(TargetError) -> String {
        let path = file
        var bytes = try SmallFile.read(path, limit: Self.sizeLimit).prefix { $0 != 0x0a && $0 != 0x0d }
        // Blanks around it are an editor's.
        while bytes.first == 0x20 { bytes.removeFirst() }
        while bytes.last == 0x20 { bytes.removeLast() }
        guard !bytes.isEmpty, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw TargetError(.unreadable, place: path, "its first line is empty or no text")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
