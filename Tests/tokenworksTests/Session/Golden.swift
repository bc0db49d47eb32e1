// SPDX-License-Identifier: Apache-2.0

import Foundation
import Screen
import Testing

/// Frames kept as text: characters, then roles. `GOLDEN=update` writes them anew, anything else compares.
enum Golden {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "Golden")

    static func expect(_ frame: Frame, _ name: String, location: SourceLocation = #_sourceLocation) {
        let drawn = dump(frame, roles: true)
        let file = folder.appendingPathComponent(name + ".txt")
        if ProcessInfo.processInfo.environment["GOLDEN"] == "update" {
            do {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try drawn.write(to: file, atomically: true, encoding: .utf8)
            } catch {
                Issue.record("\(name) cannot be written: \(error)", sourceLocation: location)
            }
            return
        }
        guard let kept = try? String(contentsOf: file, encoding: .utf8) else {
            Issue.record("no golden \(name): GOLDEN=update writes it", sourceLocation: location)
            return
        }
        if let difference = difference(kept: kept, drawn: drawn) {
            Issue.record("\(name) is drawn otherwise:\n\(difference)", sourceLocation: location)
        }
    }

    /// The lines that differ, `-` as kept and `+` as drawn; nil when none does.
    static func difference(kept: String, drawn: String) -> String? {
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
