// SPDX-License-Identifier: Apache-2.0

/// Hostlists as short text again.
extension Hostlist: CustomStringConvertible {
    /// As Slurm would write it: runs in brackets, groups in the order of their first name.
    package var description: String { Self.compressed(names) }

    /// A run of numbers behind one prefix, before one suffix.
    private struct Kind: Hashable {
        var prefix: String
        var suffix: String
    }

    private struct Member {
        var number: Int
        var digits: String
    }

    package static func compressed(_ names: [String]) -> String {
        var order: [Kind] = []
        var members: [Kind: [Member]] = [:]
        for name in names {
            let (kind, member) = taken(apart: name)
            if members[kind] == nil { order.append(kind) }
            members[kind, default: []] += member.map { [$0] } ?? []
        }
        return order.map { kind in
            guard let numbers = members[kind], !numbers.isEmpty else { return kind.prefix }
            let sorted = numbers.sorted { ($0.digits.count, $0.number) < ($1.digits.count, $1.number) }
            let runs = runs(of: sorted)
            let isSingle = runs.count == 1 && sorted.count == 1
            return kind.prefix + (isSingle ? runs[0] : "[\(runs.joined(separator: ","))]") + kind.suffix
        }.joined(separator: ",")
    }

    private static func runs(of members: [Member]) -> [String] {
        var runs: [(first: Member, last: Member)] = []
        for member in members {
            if let run = runs.last, member.number == run.last.number + 1,
                padded(member.number, width: run.first.digits.count) == member.digits
            {
                runs[runs.count - 1].last = member
            } else if runs.last?.last.digits != member.digits {
                runs.append((member, member))
            }
        }
        return runs.map { $0.first.digits == $0.last.digits ? $0.first.digits : "\($0.first.digits)-\($0.last.digits)" }
    }

    /// The last number in a name counts; a name without one stands alone.
    private static func taken(apart name: String) -> (Kind, Member?) {
        let bytes = Array(name.utf8)
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        guard let last = bytes.lastIndex(where: isDigit) else { return (Kind(prefix: name, suffix: ""), nil) }
        let first = bytes[...last].lastIndex { !isDigit($0) }.map { $0 + 1 } ?? 0
        let digits = String(decoding: bytes[first...last], as: UTF8.self)
        guard digits.utf8.count <= 18, let number = Int(digits) else { return (Kind(prefix: name, suffix: ""), nil) }
        let prefix = String(decoding: bytes[..<first], as: UTF8.self)
        let suffix = String(decoding: bytes[(last + 1)...], as: UTF8.self)
        return (Kind(prefix: prefix, suffix: suffix), Member(number: number, digits: digits))
    }
}
