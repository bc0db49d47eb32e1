// SPDX-License-Identifier: Apache-2.0

/// Where people were in their dashboards, as the bytes that these made of it.
package protocol ViewStates: Sendable {
    /// Where a person was in their last session of that name; empty: nobody knows. At once: a greeting waits for it.
    func state(of person: String, session: String) -> [UInt8]

    /// Never waits for a disk.
    func keep(_ state: [UInt8], of person: String, session: String)
}
