// SPDX-License-Identifier: Apache-2.0

import Foundation
package import Screen

/// Frames kept as text: characters, then roles. `GOLDEN=update` writes them anew, anything else compares.
package struct Golden: Sendable {
    private let folder: URL

    /// - Parameter file: the test's own `#filePath`; its frames lie in `Golden/` beside it.
    package init(beside file: String) {
        folder = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Golden")
    }

    /// What is wrong with a frame, for people; nil when it is as it was kept.
    package func problem(of frame: Frame, _ name: String) -> String? {
        let drawn = dump(frame, roles: true)
        let file = folder.appendingPathComponent(name + ".txt")
        if ProcessInfo.processInfo.environment["GOLDEN"] == "update" {
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try drawn.write(to: file, atomically: true, encoding: .utf8)
                return nil
            } catch {
                return "\(name) cannot be written: \(error)"
            }
        }
        guard let bytes = FileManager.default.contents(atPath: file.path) else {
            return "no golden \(name): GOLDEN=update writes it"
        }
        return Self.difference(kept: String(decoding: bytes, as: UTF8.self), drawn: drawn).map {
            "\(name) is drawn otherwise:\n\($0)"
        }
    }

    /// The lines that differ, `-` as kept and `+` as drawn; nil when none does.
    package static func difference(kept: String, drawn: String) -> String? {
        guard kept != drawn else { return nil }
        let old = kept.split(separator: "\n", omittingEmptySubsequences: false)
        let new = drawn.split(separator: "\n", omittingEmptySubsequences: false)
        var lines: [String] = []
        for row in 0..<max(old.count, new.count) {
            let (before, after) = (row < old.count ? old[row] : "", row < new.count ? new[row] : "")
            if before != after { lines += ["line \(row + 1)", "- \(before)", "+ \(after)"] }
        }
        return lines.prefix(60).joined(separator: "\n")
    }
}
