// SPDX-License-Identifier: Apache-2.0

/// A file that lists targets: one URL per line; blank lines and what follows a `#` after a blank are passed over.
package enum TargetList {
    private static let sizeLimit = 16 << 20

    /// Reads the file once.
    package static func load(_ path: String) throws(TargetError) -> [ScrapeTarget] {
        try parse(String(decoding: try SmallFile.read(path, limit: sizeLimit), as: UTF8.self), file: path)
    }

    /// Reads the text of such a file. A URL that stands there twice is one target.
    ///
    /// - Parameter file: the name for errors.
    package static func parse(_ text: String, file: String) throws(TargetError) -> [ScrapeTarget] {
        var targets: [ScrapeTarget] = []
        var known: Set<ScrapeTarget> = []
        // CR and LF together are one Character, so both are looked for as one.
        // Some editors put a byte order mark before the first line.
        let text = text.hasPrefix("\u{feff}") ? text.dropFirst() : text[...]
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard let url = words.first, !url.hasPrefix("#") else { continue }
            let place = "\(file):\(index + 1)"
            if words.count > 1, !words[1].hasPrefix("#") {
                throw TargetError(.characters, place: place, "one URL per line, and a comment begins with #")
            }
            do throws(TargetError) {
                let target = try ScrapeTarget(String(url))
                if known.insert(target).inserted { targets.append(target) }
            } catch {
                throw TargetError(error.kind, place: place, error.text)
            }
        }
        guard !targets.isEmpty else {
            throw TargetError(.empty, place: file, "names no target; write one URL per line")
        }
        return targets
    }
}
