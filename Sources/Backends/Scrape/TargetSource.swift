// SPDX-License-Identifier: Apache-2.0

/// Lists of targets in files that others write, and how they are read again when they change.
package struct TargetSource: Sendable {
    /// The files whose change means another list.
    package var files: [String]
    /// Reads them all, and what else belongs to the list.
    package var load: @Sendable () throws(TargetError) -> [ScrapeTarget]
    /// The files as they were when it was made: before the first load, so that no change falls between.
    let stamps: [SmallFile.Stamp?]

    package init(files: [String], load: @escaping @Sendable () throws(TargetError) -> [ScrapeTarget]) {
        self.files = files
        self.load = load
        stamps = files.map(SmallFile.Stamp.init)
    }
}

/// The files of a source as they were when they were last read.
struct TargetWatch: Sendable {
    let source: TargetSource
    private var stamps: [SmallFile.Stamp?]
    private var trouble: TargetError?

    init(_ source: TargetSource) {
        self.source = source
        stamps = source.stamps
    }

    /// The list, where a file has changed; nil: none has. One that cannot be read is tried again with each poll, and its
    /// trouble is told once.
    mutating func news() -> Result<[ScrapeTarget], TargetError>? {
        let now = source.files.map(SmallFile.Stamp.init)
        guard now != stamps else { return nil }
        do throws(TargetError) {
            let list = try source.load()
            (stamps, trouble) = (now, nil)
            return .success(list)
        } catch {
            defer { trouble = error }
            return error == trouble ? nil : .failure(error)
        }
    }
}
