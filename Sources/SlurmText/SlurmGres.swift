// SPDX-License-Identifier: Apache-2.0

/// GPUs in Slurm's many ways to write them.
package enum SlurmGres {
    /// The GPUs that a list of generic resources or of TRES speaks of.
    ///
    /// `gpu:h200:8(S:0-1)`, `gpu:(null):4(IDX:0-3)`, `gres:gpu:2`, `gres/gpu:h200:2`, `gres/gpu=8,gres/gpu:h200=8`
    /// (where the untyped one is the sum of the others), `gpu`.
    ///
    /// - Returns: nil where something that calls itself a GPU cannot be read; 0 where nothing does.
    package static func gpus(in text: some StringProtocol) -> Int? {
        var typed = 0
        var untyped: Int?
        for item in items(of: text) {
            guard let one = gpu(in: item) else { continue }
            guard let count = one.count else { return nil }
            if one.isTyped { typed += count } else { untyped = (untyped ?? 0) + count }
        }
        guard let untyped else { return typed }
        // As TRES the untyped number is the whole; as a plain list both are parts.
        return text.contains("=") ? max(untyped, typed) : untyped + typed
    }

    /// The numbers of the GPUs that are in use: `gpu:h200:3(IDX:0-1,5)`.
    ///
    /// - Returns: nil where some item of GPUs does not say.
    package static func indexes(in text: some StringProtocol) -> Set<Int>? {
        var indexes: Set<Int> = []
        for item in items(of: text) where words(of: item).first == "gpu" {
            guard let mark = item.firstIndex(of: "("), item[mark...].hasPrefix("(IDX:"), item.last == ")" else {
                return nil
            }
            let list = item[item.index(mark, offsetBy: 5)...].dropLast()
            if list == "N/A" { continue }
            guard let numbers = try? Hostlist(parsing: "[\(list)]", limit: 1024).names.compactMap({ Int($0) }) else {
                return nil  // ignored because a list that cannot be read says nothing.
            }
            indexes.formUnion(numbers)
        }
        return indexes
    }

    /// The type of the first GPU that has one: `h200`.
    package static func gpuType(in text: some StringProtocol) -> String? {
        for item in items(of: text) {
            let words = words(of: item)
            if words.first == "gpu", words.count > 1, Int(words[1]) == nil, words[1] != "(null)" {
                return String(words[1])
            }
        }
        return nil
    }

    /// The commas outside parentheses separate.
    private static func items(of text: some StringProtocol) -> [Substring] {
        var depth = 0
        return Substring(text).split { character in
            if character == "(" { depth += 1 }
            if character == ")" { depth = max(0, depth - 1) }
            return character == "," && depth == 0
        }
    }

    /// Without what stands before and behind: `gres:gpu:h200:2(IDX:0-1)` is `gpu`, `h200`, `2`.
    private static func words(of item: Substring) -> [Substring] {
        var item = item.drop { $0 == " " }
        if item.hasPrefix("gres:") || item.hasPrefix("gres/") { item = item.dropFirst(5) }
        if item.hasSuffix(")"), let open = item.lastIndex(of: "("), item[open...] != "(null)" { item = item[..<open] }
        return item.split { $0 == ":" || $0 == "=" }.filter { $0 != "no_consume" }
    }

    private static func gpu(in item: Substring) -> (isTyped: Bool, count: Int?)? {
        let words = words(of: item)
        guard words.first == "gpu" else { return nil }
        guard words.count > 1, let last = words.last else { return (false, 1) }
        let isTyped = words.count > 2 && words[1] != "(null)" || words.count == 2 && Int(last) == nil
        if words.count == 2, Int(last) == nil { return (true, 1) }
        guard let count = Int(last), (0...1_000_000).contains(count) else { return (isTyped, nil) }
        return (isTyped, count)
    }
}
