// SPDX-License-Identifier: Apache-2.0

/// How the controller and its scheduler are, by their own counts.
package struct SlurmHealth: Sendable, Hashable {
    /// The controller's clock at the answer. Unit: s since 1970.
    package var at: Double?
    /// Threads that answer requests now; it has 256 at most.
    package var threads: Int?
    package var agentQueue: Int?
    package var jobsPending: Int?
    package var jobsRunning: Int?
    /// One round of the main scheduler, and of backfill. Unit: s.
    package var lastCycle: Double?
    package var meanCycle: Double?
    package var backfillCycle: Double?
    package var backfillQueue: Int?

    package init() {}

    /// The answer to `sdiag`.
    ///
    /// - Returns: nil for what is none.
    package init?(parsing text: String) {
        guard text.contains("sdiag output at") else { return nil }
        var part = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("sdiag output at"), let open = line.lastIndex(of: "("), line.hasSuffix(")") {
                at = SlurmTime.moment(line[line.index(after: open)...].dropLast())
                continue
            }
            guard let sign = line.lastIndex(of: ":") else {
                if line.first != "\t", line.first != " " { part = String(line) }
                continue
            }
            let words = line[..<sign].drop { $0 == "\t" || $0 == " " }
            let number = line[line.index(after: sign)...].split(separator: " ").first.flatMap { Int($0) }
            if number == nil, line.last == ":" || line.hasSuffix("(microseconds):") { part = String(words) }
            take(String(words), number, in: part)
        }
    }

    private mutating func take(_ words: String, _ number: Int?, in part: String) {
        let isMain = part.hasPrefix("Main schedule")
        let isBackfill = part.hasPrefix("Backfilling")
        let seconds = number.map { Double($0) / 1e6 }
        switch words {
        case "Server thread count": threads = number
        case "Agent queue size": agentQueue = number
        case "Jobs pending": jobsPending = number
        case "Jobs running": jobsRunning = number
        case "Last cycle" where isMain: lastCycle = seconds
        case "Mean cycle" where isMain: meanCycle = seconds
        case "Last cycle" where isBackfill: backfillCycle = seconds
        case "Last queue length" where isBackfill: backfillQueue = number
        default: break
        }
    }
}
