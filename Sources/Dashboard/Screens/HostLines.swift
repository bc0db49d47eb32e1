// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// What goes through a host and what it waits for; a line that nobody knows anything of is not there.
struct HostLines {
    private let node: Int
    private let host: HostColumns
    private let now: PlantTime
    private let role: Role

    init(_ node: Int, _ snapshot: FactorySnapshot, role: Role) {
        self.node = node
        host = snapshot.nodes.host
        now = snapshot.at
        self.role = role
    }

    var lines: [TextLine] {
        [traffic, waits, since].compactMap(\.self)
    }

    private var traffic: TextLine? {
        line(
            "FLOW",
            [
                pair("network", "in", host.networkIn, "out", host.networkOut),
                pair("fabric", "in", host.fabricIn, "out", host.fabricOut),
                pair("disk", "read", host.diskRead, "write", host.diskWritten),
            ])
    }

    private func pair(_ name: String, _ first: String, _ one: Column, _ second: String, _ other: Column) -> TextLine? {
        guard one[node] != nil || other[node] != nil else { return nil }
        return TextLine("\(name) \(first) ", .dim) + TextLine(Self.bytes(one[node]), role)
            + TextLine(" \(second) ", .dim)
            + TextLine(Self.bytes(other[node]), role)
    }

    /// Pressure: how much of the time somebody waited.
    private var waits: TextLine? {
        let parts = [("cpu", host.cpuPressure), ("memory", host.memoryPressure), ("disk", host.ioPressure)]
        return line(
            "WAITS",
            parts.map { name, column in
                column[node].map { TextLine("for \(name) ", .dim) + TextLine(Words.percent($0), role) }
            })
    }

    private var since: TextLine? {
        let up = host.bootedAt[node].map {
            TextLine("booted ", .dim) + TextLine("\(Words.age(max(.zero, now - $0))) ago", role)
        }
        let kills = host.oomKills[node].map {
            TextLine("\($0) killed for want of memory since then!", .warning)
        }
        return line("BOOT", [up, kills])
    }

    private func line(_ name: String, _ parts: [TextLine?]) -> TextLine? {
        let known = parts.compactMap(\.self)
        guard let first = known.first else { return nil }
        let head = TextLine(SafeText(name).padded(to: 6).string, .title) + first
        return known.dropFirst().reduce(head) { $0 + TextLine("  ") + $1 }
    }

    /// `1.2 GB/s`.
    static func bytes(_ rate: Double?) -> String {
        guard let rate else { return "-" }
        // A fast link is hundreds of them.
        if rate >= 99.95e9 { return Words.fixed(rate / 1e9, 0) + " GB/s" }
        let text = Words.compact(rate)
        return text.last?.isLetter == true ? text + "B/s" : text + " B/s"
    }
}
