// SPDX-License-Identifier: Apache-2.0

/// Which of many names, written by many programs, mean the same machine.
///
/// Case and a final dot do not matter. A name without a domain means the one that has a domain and begins with it, where
/// there is exactly one such. An address, and a name of another kind, is only itself, unless the table of the operator says
/// whose it is.
package struct HostNames: Sendable {
    /// Full names by their first label; nil where two machines share it.
    private var full: [String: String?] = [:]
    /// The table's own name for each way to write a machine, and as the table writes it.
    private var table: [String: String] = [:]
    private var titles: [String: String] = [:]

    /// - Parameter aliases: the operator's table, from every other name or address to the one that is shown.
    package init(_ names: some Sequence<String>, aliases: [String: String] = [:]) {
        for (alias, name) in aliases {
            table[Self.plain(alias)] = Self.plain(name)
            table[Self.plain(name)] = Self.plain(name)
        }
        for name in Array(names) + aliases.keys.sorted() {
            let plain = Self.plain(name)
            guard !Self.isAddress(plain), let label = plain.split(separator: ".").first, label.count < plain.count
            else {
                continue
            }
            let key = String(label)
            if let known = full[key], known != plain {
                full[key] = .some(nil)
            } else {
                full[key] = plain
            }
        }
        for (alias, name) in table { table[long(alias)] = name }
        for name in Set(aliases.values) { titles[canonical(name)] = name }
    }

    /// The name that stands for the machine: equal for two names exactly when they mean the same one.
    package func canonical(_ name: String) -> String {
        let long = long(Self.plain(name))
        return table[Self.plain(name)].map(self.long) ?? table[long].map(self.long) ?? long
    }

    private func long(_ plain: String) -> String {
        if let known = full[plain], let long = known { return long }
        return plain
    }

    /// The table's name for a machine, as it is written there; nil: the table does not speak of it.
    package func title(of canonical: String) -> String? { titles[canonical] }

    /// The address that stands for a machine; every way to write this machine is one.
    package static func address(_ text: String) -> String {
        let plain = plain(text)
        return ["localhost", "::1", "[::1]"].contains(plain) ? "127.0.0.1" : plain
    }

    private static func plain(_ name: String) -> String {
        let lower = name.lowercased()
        return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }

    private static func isAddress(_ name: String) -> Bool {
        name.contains(":") || name.utf8.allSatisfy { $0 == UInt8(ascii: ".") || ($0 >= 0x30 && $0 <= 0x39) }
    }

    /// Whether one name comes before another on a screen: runs of digits compare as numbers, so that n9 is before n10.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        var a = Array(left.utf8)[...]
        var b = Array(right.utf8)[...]
        while let x = a.first, let y = b.first {
            if isDigit(x), isDigit(y) {
                let m = a.prefix(while: isDigit)
                let n = b.prefix(while: isDigit)
                let p = m.drop { $0 == 0x30 }
                let q = n.drop { $0 == 0x30 }
                if p.count != q.count { return p.count < q.count }
                if !p.elementsEqual(q) { return p.lexicographicallyPrecedes(q) }
                a = a.dropFirst(m.count)
                b = b.dropFirst(n.count)
            } else {
                if x != y { return x < y }
                a = a.dropFirst()
                b = b.dropFirst()
            }
        }
        // Names that differ only in leading zeros still need an order.
        return a.isEmpty && b.isEmpty ? left < right : a.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// The rack that a name speaks of: what stands before its last `-`, where a digit follows; empty for none.
    package static func rack(of name: String) -> String {
        let label = isAddress(name) ? name[...] : name.prefix { $0 != "." }
        guard let dash = label.lastIndex(of: "-"), label[label.index(after: dash)...].contains(where: \.isNumber) else {
            return ""
        }
        return String(label[..<dash])
    }
}
