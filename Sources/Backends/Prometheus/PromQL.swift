// SPDX-License-Identifier: Apache-2.0

/// Pieces of PromQL, with everything in them that is not ours made harmless.
enum PromQL {
    /// `"a\"b"`: a string literal.
    static func literal(_ text: some StringProtocol) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": quoted += "\\\\"
            case "\"": quoted += "\\\""
            case "\n": quoted += "\\n"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// `name=~"a|b|c"`: exactly these values; servers look such a list up, and match nothing.
    static func among(_ name: String, _ values: some Sequence<String>) -> String {
        let patterns = values.map { value in
            var pattern = ""
            for scalar in value.unicodeScalars {
                if "\\.+*?()|[]{}^$".unicodeScalars.contains(scalar) { pattern += "\\" }
                pattern.unicodeScalars.append(scalar)
            }
            return pattern
        }
        return "\(name)=~\(literal(patterns.joined(separator: "|")))"
    }

    /// `90s`, in whole seconds, at least one.
    static func window(_ seconds: Double) -> String {
        "\(Int(min(max(1, seconds.isFinite ? seconds : 300), 86_400).rounded(.up)))s"
    }
}
