// SPDX-License-Identifier: Apache-2.0

/// The policies there are, by name.
package enum Policies {
    package static let names = ["static", "threshold", "proportional"]

    /// nil for a name that is not known.
    package static func named(_ name: String) -> (any Policy)? {
        switch name {
        case "static": StaticPolicy()
        case "threshold": ThresholdPolicy()
        case "proportional": ProportionalPolicy()
        default: nil
        }
    }
}
