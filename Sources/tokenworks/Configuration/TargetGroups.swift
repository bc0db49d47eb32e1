// SPDX-License-Identifier: Apache-2.0

import Backends

/// Prometheus' file_sd: groups of targets in JSON or YAML, as every inventory writes them.
///
/// Of the labels only `__scheme__` and `__metrics_path__` mean something here: hosts and engines are joined by what their
/// pages say.
enum TargetGroups {
    private static let sizeLimit = 16 << 20

    /// Whether a file's name means this format.
    static func isMeant(by path: String) -> Bool {
        [".json", ".yaml", ".yml"].contains { path.lowercased().hasSuffix($0) }
    }

    /// - Throws: `TargetError` with file and line.
    static func load(_ path: String) throws(TargetError) -> [ScrapeTarget] {
        let bytes = try SmallFile.read(path, limit: sizeLimit)
        do throws(ConfigurationError) {
            return try parse(String(decoding: bytes, as: UTF8.self), file: path)
        } catch {
            throw TargetError(.unreadable, error.description)
        }
    }

    static func parse(_ text: String, file: String) throws(ConfigurationError) -> [ScrapeTarget] {
        var targets: [ScrapeTarget] = []
        for var group in try YAMLSection.list(parsing: text, file: file) {
            let lines = group.itemLines(of: "targets")
            guard let names = try group.strings("targets") else {
                throw ConfigurationError(file: file, line: group.line, text: "\(group.path): 'targets' is missing")
            }
            var section = try group.section("labels")
            let labels = try section?.words() ?? [:]
            try group.finish()
            for (index, name) in names.enumerated() {
                let place = ConfigurationError(
                    file: file, line: index < lines.count ? lines[index] : group.line, text: "")
                // Never repeated: everyone who sees the screen or the log could read it.
                guard !name.contains("@") else {
                    throw place.saying("\(group.path): a target with a user or a password is refused; see basic_auth")
                }
                guard !name.contains("/") else {
                    throw place.saying(
                        "\(group.path): a target is host:port; scheme and path are labels, not '\(name)'")
                }
                let path = labels["__metrics_path__"] ?? "/metrics"
                let url = "\(labels["__scheme__"] ?? "http")://\(name)\(path.hasPrefix("/") ? "" : "/")\(path)"
                do throws(TargetError) {
                    targets.append(try ScrapeTarget(url))
                } catch {
                    throw place.saying("\(group.path): \(error.text)")
                }
            }
        }
        guard !targets.isEmpty else {
            throw ConfigurationError(file: file, line: nil, text: "names no target; give groups with 'targets'")
        }
        return targets
    }
}

extension ConfigurationError {
    /// The same place, with other words.
    fileprivate func saying(_ text: String) -> ConfigurationError {
        ConfigurationError(file: file, line: line, text: text)
    }
}
