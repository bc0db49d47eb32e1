// SPDX-License-Identifier: Apache-2.0

import Backends

/// What a scrape source says of the way to its targets.
enum ScrapeSection {
    /// `tls`, in the words of Prometheus' `tls_config`; nil without it.
    static func tls(_ section: inout YAMLSection) throws(ConfigurationError) -> ScrapeTLS? {
        let line = section.line(of: "tls")
        guard var keys = try section.section("tls") else { return nil }
        var tls = ScrapeTLS()
        tls.authorities = try file("ca_file", &keys)
        tls.certificate = try file("cert_file", &keys)
        tls.key = try file("key_file", &keys)
        tls.serverName = try keys.string("server_name")
        try keys.finish()
        func wrong(_ text: String) -> ConfigurationError {
            ConfigurationError(file: section.file, line: line, text: "\(keys.path): \(text)")
        }
        guard (tls.certificate == nil) == (tls.key == nil) else {
            throw wrong("'cert_file' and 'key_file' belong together; give both")
        }
        if let name = tls.serverName, !isHostName(name) {
            throw wrong("server_name: '\(name)' is no host name; write the one that the certificate bears")
        }
        guard tls != ScrapeTLS() else {
            throw wrong("give 'ca_file', 'cert_file' with 'key_file', or 'server_name'")
        }
        return tls
    }

    /// `node` or `site`: `{label: NAME}` or `{address: REGULAR EXPRESSION}`; nil without it.
    static func naming(_ key: String, _ section: inout YAMLSection) throws(ConfigurationError) -> TargetNaming? {
        let line = section.line(of: key)
        guard var keys = try section.section(key) else { return nil }
        let label = try keys.string("label")
        let address = try keys.string("address")
        try keys.finish()
        func wrong(_ text: String) -> ConfigurationError {
            ConfigurationError(file: section.file, line: line, text: "\(keys.path): \(text)")
        }
        let naming: TargetNaming
        switch (label, address) {
        case (let label?, nil): naming = .label(label)
        case (nil, let address?): naming = .address(address)
        default: throw wrong("give 'label' or 'address'")
        }
        if let mistake = naming.mistake { throw wrong("address: \(mistake)") }
        return naming
    }

    /// `names`: other names and addresses of machines, each with the name that is shown.
    static func aliases(_ top: inout YAMLSection) throws(ConfigurationError) -> [String: String] {
        guard var table = try top.section("names") else { return [:] }
        var aliases: [String: String] = [:]
        for name in table.keys {
            for alias in try table.strings(name) ?? [] {
                if let other = aliases[alias], other != name {
                    throw ConfigurationError(
                        file: table.file, line: table.line(of: name),
                        text: "names: '\(alias)' stands for '\(other)' and for '\(name)'; remove one")
                }
                aliases[alias] = name
            }
        }
        if let both = table.keys.first(where: { aliases[$0] != nil && aliases[$0] != $0 }) {
            throw ConfigurationError(
                file: table.file, line: table.line(of: both),
                text: "names: '\(both)' is a name of its own and stands for '\(aliases[both] ?? "")'; remove one")
        }
        return aliases
    }

    private static func file(_ key: String, _ section: inout YAMLSection) throws(ConfigurationError) -> String? {
        try section.string(key).map { Configuration.path($0, beside: section.file) }
    }

    /// Letters, digits, dots and dashes, and one letter at least: an address is no name.
    private static func isHostName(_ name: String) -> Bool {
        let bytes = name.utf8
        return (1...253).contains(bytes.count) && bytes.contains { ($0 | 0x20) &- 0x61 < 26 }
            && bytes.allSatisfy { ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 || [0x2d, 0x2e, 0x5f].contains($0) }
    }
}
