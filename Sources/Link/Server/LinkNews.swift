// SPDX-License-Identifier: Apache-2.0

package import Factory
import Synchronization

/// What happens at a daemon's door, for whoever keeps its log. Names and programs are what clients say.
package enum LinkNews: Sendable {
    case joined(Attached)
    case left(Attached)
    /// A client that was not let in, or let go for what it said, and why.
    case turnedAway(name: String, pid: Int32, why: String)
    case asked(by: String, PlantCommand)
    /// What a viewer asked for and may not.
    case refused(by: String, pid: Int32, PlantCommand, why: String)
    /// More of the same than is told one by one.
    case refusedMore(by: String, count: Int)
    case answered(by: String, CommandOutcome)
}

/// What a daemon has sent, counted.
package final class LinkCounts: Sendable {
    package struct Numbers: Sendable, Hashable {
        package var operators = 0
        package var viewers = 0
        package var joined = 0
        package var turnedAway = 0
        package var frames = 0
        package var bytes = 0

        package init() {}
    }

    private let numbers = Mutex(Numbers())

    package init() {}

    package var now: Numbers { numbers.withLock { $0 } }

    func sent(_ bytes: Int) {
        numbers.withLock {
            $0.frames += 1
            $0.bytes += bytes
        }
    }

    func turnedAway() { numbers.withLock { $0.turnedAway += 1 } }

    func joined(asOperator: Bool) {
        numbers.withLock {
            $0.joined += 1
            if asOperator { $0.operators += 1 } else { $0.viewers += 1 }
        }
    }

    func left(asOperator: Bool) {
        numbers.withLock { if asOperator { $0.operators -= 1 } else { $0.viewers -= 1 } }
    }
}
