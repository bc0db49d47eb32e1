// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What the dashboard asks of the world: returned, never performed.
package enum Effect: Sendable, Hashable {
    /// Price a draft; ends in `Event.planReady`.
    case plan(Draft)
    /// Ask the plant to do something; ends in `Event.commandFinished`.
    case perform(PlantCommand)
    /// Read the newest records of the audit; ends in `Event.auditArrived`.
    case audit(limit: Int)
    /// Use this theme from the next frame on; ends in `Event.themeChanged`.
    case setTheme(String)
    /// Send the whole next frame, whatever the terminal is thought to show.
    case redraw
    case suspend
    case quit
}
