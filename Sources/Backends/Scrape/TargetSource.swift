// SPDX-License-Identifier: Apache-2.0

/// Lists of targets in files that others write, and how they are read again when they change.
package struct TargetSource: Sendable {
    /// The files whose change means another list.
    package var files: [String]
    /// Reads them all, and what else belongs to the list.
    package var load: @Sendable () throws(TargetError) -> [ScrapeTarget]

    package init(files: [String], load: @escaping @Sendable () throws(TargetError) -> [ScrapeTarget]) {
        self.files = files
        self.load = load
    }
}

/// The files of a source as they were when they were last read.
struct TargetWatch: Sendable {
    let source: TargetSource
    private var stamps: [SmallFile.Stamp?]

    init(_ source: TargetSource) {
        self.source = source
        stamps = source.files.map(SmallFile.Stamp.init)
    }

    /// The list, where a file has changed; nil: none has.
    mutating func news() -> Result<[ScrapeTarget], TargetError>? {
        let now = source.files.map(SmallFile.Stamp.init)
        guard now != stamps else { return nil }
        stamps = now
        return Result(catching: source.load)
    }
}
