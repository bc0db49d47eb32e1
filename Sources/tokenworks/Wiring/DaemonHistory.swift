// SPDX-License-Identifier: Apache-2.0

import Archive
import Control
import Factory

/// The history file of a daemon: a plant goes on without it, and says so.
struct DaemonHistory {
    let shelf: HistoryShelf
    /// Where people were.
    let states: ViewStateBook
    private let directory: String

    private let log: DaemonLog

    init(directory: String, log: DaemonLog) {
        self.directory = directory
        self.log = log
        shelf = HistoryShelf(directory: directory) { log.hear(history: $0, plant: $1) }
        states = ViewStateBook(shelf, now: WallClock.now)
    }

    /// Opens the file.
    ///
    /// - Parameter fresh: a damaged file is set aside, and a new one begun.
    /// - Returns: what is to be said of it.
    /// - Throws: `Complaint` where a damaged file cannot be set aside, or another daemon has the file.
    func open(fresh: Bool) throws -> [String] {
        do throws(ArchiveError) {
            _ = try shelf.file()
            return []
        } catch {
            if error.kind == .locked { throw Complaint(error.text, .noAudit) }
            guard fresh, error.kind == .damaged else {
                return [error.text + " Until then the daemon keeps no history."]
            }
            // A colon is no part of a file's name that a shell likes.
            let date = PlantTime(epoch: WallClock.now()).iso8601.replacing(":", with: "-")
            do throws(ArchiveError) {
                let aside = try HistoryFile.setAside(directory: directory, date: date)
                shelf.reopen()
                return ["the damaged history file is now \(aside); a new one is begun"]
            } catch {
                throw Complaint(error.text, .badInput)
            }
        }
    }

    /// Once nothing writes any more. A daemon that ends says what is wrong with its file, and ends.
    func close() async {
        await states.close()
        do throws(ArchiveError) {
            try shelf.close()
        } catch {
            Output.complain(error.text)
            log.hear(history: error.text, plant: nil)
        }
    }
}
