// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Finds and reads the configuration file.
enum ConfigurationFile {
    /// A file larger than this is no configuration. Unit: bytes.
    static let sizeLimit = 1 << 20

    /// `$XDG_CONFIG_HOME/tokenworks`, or `~/.config/tokenworks`.
    static func folder(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        xdg("XDG_CONFIG_HOME", ".config", environment) + "/tokenworks"
    }

    /// `$XDG_STATE_HOME/tokenworks`, or `~/.local/state/tokenworks`.
    static func stateFolder(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        xdg("XDG_STATE_HOME", ".local/state", environment) + "/tokenworks"
    }

    private static func xdg(_ variable: String, _ fallback: String, _ environment: [String: String]) -> String {
        // The XDG specification: a relative path there is invalid and must be ignored.
        if let path = environment[variable], path.hasPrefix("/") { return path }
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 }
        return (home ?? NSHomeDirectory()) + "/" + fallback
    }

    /// - Parameter path: a file that must exist; nil: the default one, which need not.
    /// - Throws: `Complaint` with file and line.
    static func load(
        _ path: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> Configuration {
        let file = path ?? folder(environment) + "/config.yaml"
        guard isThere(file) else {
            guard path != nil else { return Configuration() }
            throw Complaint("\(file): there is no such file; --config wants a YAML file", .badConfiguration)
        }
        do throws(ConfigurationError) {
            return try Configuration(parsing: try text(of: file), file: file)
        } catch {
            throw Complaint(error.description, .badConfiguration)
        }
    }

    /// A link that leads nowhere, and a folder that may not be searched, hide a configuration that may name a real plant:
    /// only a file that is certainly not there opens the simulation.
    private static func isThere(_ file: String) -> Bool {
        var facts = stat()
        return lstat(file, &facts) == 0 || (errno != ENOENT && errno != ENOTDIR)
    }

    static func text(of file: String) throws(ConfigurationError) -> String {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), isFolder.boolValue {
            throw ConfigurationError(file: file, line: nil, text: "is a folder, not a YAML file")
        }
        guard let bytes = FileManager.default.contents(atPath: file) else {
            let why = isThere(file) ? "cannot be read; check its permissions" : "there is no such file"
            throw ConfigurationError(file: file, line: nil, text: why)
        }
        guard bytes.count <= sizeLimit else {
            throw ConfigurationError(
                file: file, line: nil, text: "is larger than \(sizeLimit) bytes: not a configuration")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(file: file, line: nil, text: "is not UTF-8 text")
        }
        return text
    }
}
