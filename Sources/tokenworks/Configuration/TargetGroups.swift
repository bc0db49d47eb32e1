// SPDX-License-Identifier: Apache-2.0

import Backends

/// Prometheus' file_sd: groups of targets in JSON or YAML, as every inventory writes them.
///
/// Of the labels `__scheme__` and `__metrics_path__` mean something by themselves, and others where a source's `node` or
/// `site` asks for them.
enum TargetGroups {
    private static let sizeLimit = 16 << 20

    /// A target and the labels of its group.
    typealias Labelled = (target: ScrapeTarget, labels: [String: String])

    /// Whether a file's name means this format.
    static func isMeant(by path: String) -> Bool {
        [".json", ".yaml", ".yml"].contains { path.lowercased().hasSuffix($0) }
    }

    /// - Throws: `TargetError` with file and line.
    static func load(_ path: String) throws(TargetError) -> [Labelled] {
        let bytes = try SmallFile.read(path, limit: sizeLimit)
        do throws(ConfigurationError) {
            return try parse(String(decoding: bytes, as: UTF8.self), file: path)
        } catch {
            throw TargetError(.unreadable, error.description)
        }
    }

    static func parse(_ text: String, file: String) throws(ConfigurationError) -> [Labelled] {
        var targets: [Labelled] = []
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
                    targets.append((try ScrapeTarget(url), labels))
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
