// SPDX-License-Identifier: Apache-2.0

/// Why the records of a plant cannot be opened, read or written. Nothing acts while there is one.
package struct RecordsError: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The directory or file cannot be made, opened or read.
        case unusable
        /// The directory or file could have been touched by others: link, owner or mode.
        case unsafe
        /// Another process writes to it; nil when the system does not say which.
        case locked(by: Int?)
        /// The chain is broken at this line.
        case broken(AuditFault)
        /// A write failed and was taken back; a later one may succeed.
        case unwritable
        /// What is on disk is not known any more; only a restart helps.
        case lost
    }

    package var kind: Kind
    package var file: String
    /// One sentence: what, where and what to do.
    package var text: String

    package init(_ kind: Kind, file: String, text: String) {
        self.kind = kind
        self.file = file
        self.text = text
    }
}

/// The first thing wrong with an audit.
package struct AuditFault: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// Not a record in canonical form.
        case malformed
        /// The record does not match its own hash: it was changed.
        case altered
        /// Records are missing between it and the one before.
        case gap
        /// It does not follow the record before it: two histories were joined, or records were put in another order.
        case fork
    }

    /// Line number, from 1.
    package var line: Int
    package var kind: Kind
    /// A sentence without its subject: `the record was changed after it was written`.
    package var text: String

    package init(line: Int, kind: Kind, text: String) {
        self.line = line
        self.kind = kind
        self.text = text
    }
}
