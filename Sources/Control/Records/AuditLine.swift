// SPDX-License-Identifier: Apache-2.0

import Crypto
import Factory

/// A record as a line of the audit file, and the hash that chains it.
enum AuditLine {
    /// The line of a record, without its line feed.
    static func encode(_ record: AuditRecord) -> [UInt8] {
        CanonicalJSON.object(members(of: record) + [("hash", CanonicalJSON.string(record.hash))])
    }

    /// SHA-256 over the canonical form of everything but the hash itself, in hexadecimal.
    static func hash(_ record: AuditRecord) -> String {
        sha256(CanonicalJSON.object(members(of: record)))
    }

    /// SHA-256 in hexadecimal.
    static func sha256(_ bytes: [UInt8]) -> String {
        var hasher = SHA256()
        bytes.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        let digits = Array("0123456789abcdef".utf8)
        let hex = hasher.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
        return String(decoding: hex, as: UTF8.self)
    }

    /// The record that a line holds; nil unless the line is exactly what `encode` writes.
    static func decode(_ line: ArraySlice<UInt8>) -> AuditRecord? {
        guard let members = FlatJSON.parse(line) else { return nil }
        guard let sequence = number(members["sequence"], UInt64.init),
            let kind = string(members["kind"]).flatMap(AuditRecord.Kind.init),
            let wall = number(members["wall"], Double.init), let at = number(members["at"], Double.init),
            let by = string(members["by"]), let mode = string(members["mode"]).flatMap(OperatingMode.init),
            let text = string(members["text"]), case .object(let details) = members["details"],
            let previous = string(members["previous"]), let hash = string(members["hash"])
        else { return nil }
        let record = AuditRecord(
            sequence: sequence, kind: kind, wall: wall, at: PlantTime(epoch: at), by: by,
            decision: string(members["decision"]).flatMap(DecisionID.init(parsing:)),
            node: string(members["node"]).map(NodeID.init), step: string(members["step"]).flatMap(MoveStep.init),
            mode: mode, text: text, details: details, previous: previous, hash: hash)
        return encode(record) == Array(line) ? record : nil
    }

    private static func members(of record: AuditRecord) -> [(key: String, value: [UInt8])] {
        let details = record.details.map { (key: $0.key, value: CanonicalJSON.string($0.value)) }
        var members: [(key: String, value: [UInt8])] = [
            ("sequence", Array(String(record.sequence).utf8)), ("kind", CanonicalJSON.string(record.kind.rawValue)),
            ("wall", CanonicalJSON.seconds(record.wall)), ("at", CanonicalJSON.seconds(record.at.epoch)),
            ("by", CanonicalJSON.string(record.by)), ("mode", CanonicalJSON.string(record.mode.rawValue)),
            ("text", CanonicalJSON.string(record.text)), ("details", CanonicalJSON.object(details)),
            ("previous", CanonicalJSON.string(record.previous)),
        ]
        if let decision = record.decision { members.append(("decision", CanonicalJSON.string("\(decision)"))) }
        if let node = record.node { members.append(("node", CanonicalJSON.string(node.name))) }
        if let step = record.step { members.append(("step", CanonicalJSON.string(step.rawValue))) }
        return members
    }

    private static func string(_ value: FlatJSON.Value?) -> String? {
        if case .string(let text) = value { text } else { nil }
    }

    private static func number<N>(_ value: FlatJSON.Value?, _ read: (String) -> N?) -> N? {
        if case .number(let text) = value { read(text) } else { nil }
    }
}
