// SPDX-License-Identifier: Apache-2.0

import Foundation
import Screen

/// Finds and reads `themes/*.yaml`. `default` is compiled in, so that the program needs no file.
enum ThemeFiles {
    /// The folders searched, first wins: the operator's own, then beside the binary, then the checkout's.
    static func folders(
        binary: String = Bundle.main.executablePath ?? CommandLine.arguments[0],
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> [String] {
        let beside = URL(fileURLWithPath: binary).resolvingSymlinksInPath().deletingLastPathComponent()
        var folders = [
            ConfigurationFile.folder(environment) + "/themes",
            beside.appendingPathComponent("themes").path,
            beside.appendingPathComponent("../share/tokenworks/themes").standardized.path,
        ]
        // A debug or release binary lies in .build/<triple>/<configuration> of its checkout.
        var folder = beside
        for _ in 0..<4 {
            folder.deleteLastPathComponent()
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
                folders.append(folder.appendingPathComponent("themes").path)
                break
            }
        }
        return folders
    }

    /// The names there are, `default` first.
    static func names(in folders: [String] = folders()) -> [String] {
        var names: Set<String> = []
        for folder in folders {
            // ignored because a folder that is not there has no themes.
            let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let themes = files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(".yaml".count)) }
            names.formUnion(themes.filter(isName))
        }
        names.remove("default")
        return ["default"] + names.sorted()
    }

    /// - Throws: `Complaint` that names the file and line, or the themes there are.
    static func load(_ name: String, in folders: [String] = folders()) throws -> Theme {
        for folder in folders where isName(name) {
            let path = "\(folder)/\(name).yaml"
            if FileManager.default.fileExists(atPath: path) { return try read(path, name: name) }
        }
        if name == "default" { return .default }
        throw Complaint(
            "there is no theme '\(name)'; there are: \(names(in: folders).joined(separator: ", ")) (looked in \(folders.joined(separator: ", ")))",
            .badInput)
    }
}

extension ThemeFiles {
    /// A name becomes a path: it must not climb out of the themes' folder, nor be an editor's hidden file.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && !name.contains("/") && !name.contains("\0") && !name.hasPrefix(".")
    }

    /// Reads one theme file: roles and their styles, nothing else.
    private static func read(_ path: String, name: String) throws -> Theme {
        do {
            var section = try YAMLSection(parsing: try ConfigurationFile.text(of: path), file: path)
            var entries: [String: String] = [:]
            for key in section.keys { entries[key] = try section.string(key) }
            do {
                return try Theme(name: name, entries: entries)
            } catch {
                throw ConfigurationError(
                    file: path, line: error.key.map { section.line(of: $0) }, text: error.description)
            }
        } catch let error as ConfigurationError {
            throw Complaint(error.description, .badInput)
        }
    }
}
