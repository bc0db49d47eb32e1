// SPDX-License-Identifier: Apache-2.0

/// Why a theme file is refused; `description` is one sentence with what is allowed.
package enum ThemeError: Error, Sendable, Hashable, CustomStringConvertible {
    case unknownKey(theme: String, key: String)
    case missing(theme: String, roles: [Role])
    case meaningless(theme: String, key: String, value: String, why: String)

    /// The key to point at in the file; nil when one is missing.
    package var key: String? {
        switch self {
        case .unknownKey(_, let key), .meaningless(_, let key, _, _): key
        case .missing: nil
        }
    }

    package var description: String {
        switch self {
        case .unknownKey(let theme, let key):
            "theme \(theme): `\(key)` is no role; allowed are \(Theme.groundKey), "
                + Role.allCases.map(\.name).joined(separator: ", ")
        case .missing(let theme, let roles):
            "theme \(theme): no value for " + roles.map(\.name).joined(separator: ", ")
        case .meaningless(let theme, let key, let value, let why):
            "theme \(theme): \(key): `\(value)`: \(why)"
        }
    }
}

extension StyleError {
    var sentence: String {
        let allowed =
            "allowed are bold, dim, reverse, underline, a colour, `on` a colour; a colour is 0 to 255, default, "
            + Colour.names.joined(separator: ", ")
        return switch self {
        case .empty: "nothing given; " + allowed
        case .nothingAfterOn: "no colour after `on`; " + allowed
        case .unknown(let word): "unknown `\(word)`; " + allowed
        case .twice(let word): "`\(word)` is one too many; " + allowed
        }
    }
}
