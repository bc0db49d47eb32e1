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
        "\(name)=~\(literal(values.map(pattern).joined(separator: "|")))"
    }

    /// The catalogue's conditions on a label: `5*` is every value that begins so, and a label that is not there is empty.
    static func matching(_ name: String, _ values: [String], not: Bool = false) -> String {
        if !not, values.count == 1, values[0].last != "*" { return "\(name)=\(literal(values[0]))" }
        let patterns = values.map { $0.last == "*" ? pattern(String($0.dropLast())) + ".*" : pattern($0) }
        return "\(name)\(not ? "!~" : "=~")\(literal(patterns.joined(separator: "|")))"
    }

    private static func pattern(_ value: String) -> String {
        var pattern = ""
        for scalar in value.unicodeScalars {
            if "\\.+*?()|[]{}^$".unicodeScalars.contains(scalar) { pattern += "\\" }
            pattern.unicodeScalars.append(scalar)
        }
        return pattern
    }

    /// `90s`, in whole seconds, at least one.
    static func window(_ seconds: Double) -> String {
        "\(Int(min(max(1, seconds.isFinite ? seconds : 300), 86_400).rounded(.up)))s"
    }
}
