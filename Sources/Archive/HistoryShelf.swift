// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The history file of a directory, opened when it can be, for the plants and people of one daemon.
package final class HistoryShelf: Sendable {
    private struct State {
        var file: HistoryFile?
        /// Why it is not touched any more: it is damaged, of a later version, or closed.
        var end: ArchiveError?
    }

    private let directory: String
    /// Hears what is wrong with the file, and that it is right again; of which plant.
    let tell: @Sendable (_ sentence: String, _ plant: String) -> Void
    private let state = Mutex(State())

    package init(
        directory: String, tell: @escaping @Sendable (_ sentence: String, _ plant: String) -> Void = { _, _ in }
    ) {
        self.directory = directory
        self.tell = tell
    }

    /// The open file.
    package func file() throws(ArchiveError) -> HistoryFile {
        try state.withLock { state throws(ArchiveError) in
            if let end = state.end { throw end }
            if let file = state.file { return file }
            do throws(ArchiveError) {
                let file = try HistoryFile(directory: directory)
                state.file = file
                return file
            } catch {
                if error.kind != .unusable { state.end = error }
                throw error
            }
        }
    }

    /// The file that was given up is gone: the next one may be opened.
    package func reopen() { state.withLock { $0.end = nil } }

    /// Leaves the file as it is.
    func giveUp(_ error: ArchiveError) { state.withLock { $0.end = error } }

    /// Closes the file. Nothing is kept after it.
    package func close() throws(ArchiveError) {
        let file = state.withLock { state in
            let file = state.file
            let path = directory + "/" + HistoryFile.name
            state = State(file: nil, end: ArchiveError(.unusable, file: path, text: "\(path) is closed."))
            return file
        }
        try file?.close()
    }
}
