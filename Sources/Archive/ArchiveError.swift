// SPDX-License-Identifier: Apache-2.0

import GRDB

/// Why the history on disk cannot be used now.
package struct ArchiveError: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The file is no history, or what is in it is not what was written.
        case damaged
        /// It was made by a later tokenworks.
        case newer
        /// Another process keeps it.
        case locked
        /// It cannot be made, opened, read or written; later it may.
        case unusable
    }

    package var kind: Kind
    package var file: String
    /// One sentence: what, where and what to do.
    package var text: String

    init(_ kind: Kind, file: String, text: String) {
        self.kind = kind
        self.file = file
        self.text = text
    }

    /// - Parameter deed: `read`, `written`.
    init(_ error: any Error, file: String, deed: String) {
        if let known = error as? ArchiveError {
            self = known
            return
        }
        let said = error as? DatabaseError
        let words = said?.message ?? said.map { "error \($0.resultCode.rawValue) of SQLite" } ?? "\(error)"
        switch said?.resultCode {
        case .SQLITE_CORRUPT?, .SQLITE_NOTADB?:
            self.init(
                .damaged, file: file,
                text:
                    "The history file \(file) is damaged (\(words)); the audit is whole, it is a file of its own. To set the damaged file aside and begin a new one: tokenworks serve --fresh-history"
            )
        case .SQLITE_FULL?:
            self.init(
                .unusable, file: file,
                text: "The history file \(file) cannot be \(deed): its disk is full. Make room; it is tried again.")
        default:
            self.init(
                .unusable, file: file,
                text: "The history file \(file) cannot be \(deed): \(words). It is tried again.")
        }
    }
}
