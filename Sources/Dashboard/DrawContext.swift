// SPDX-License-Identifier: Apache-2.0

package import Factory
package import Screen

/// Everything a screen or panel may look at while it draws or answers a key.
package struct DrawContext: Sendable {
    /// What is shown: the newest, or the one that `p` froze.
    package var snapshot: FactorySnapshot
    /// Whether any snapshot has arrived; before, everything reads `-`.
    package var hasSnapshot: Bool

    /// Why a key does nothing, once there is a snapshot that could say so.
    func once(_ why: String) -> String { hasSnapshot ? why : "the first numbers are not here yet" }

    package var isFrozen: Bool
    package var glyphs: Glyphs
    package var width: Int
    package var height: Int
    /// The UI's monotonic clock at the last event. Unit: s.
    package var now: Double
    package var you: Operator
    package var theme: String
    /// Nodes marked with `Space`; a plan takes them first.
    package var marked: Set<NodeID>
    /// Measured node values as displayed: they keep still until they have moved enough to matter.
    package var held: HeldColumns
    /// How the connection to the plant stands.
    package var link = LinkState.up
    /// When the picture was made. The snapshot's own time is that until the next one is overdue, and then goes on by the
    /// dashboard's clock, so that all ages grow.
    package var pictureAt: PlantTime
    /// The snapshot with the time at which it was made.
    var picture: FactorySnapshot {
        var picture = snapshot
        picture.at = pictureAt
        return picture
    }
    /// How long no picture has come, once one is overdue.
    var silence: Seconds?
    /// What was asked of the plant and not answered.
    var wait: Unanswered.Wait?

    /// Whether a daemon has the plant, which goes on without this dashboard.
    var plantGoesOn = false

    /// Why no key may act now, in a sentence; nil when keys may.
    package var whyNoActing: String? {
        if case .lost = link { return "LINK LOST: nothing can be sent until the link is back" }
        if !you.mayAct { return "\(you.name) is a viewer: only an operator may act" }
        if let reason = snapshot.observeOnly { return reason }
        if !hasSnapshot { return "nothing is known of the plant yet" }
        if snapshot.mode == .observe { return "OBSERVE: this plant takes no orders" }
        if isFrozen { return "FROZEN: this is the past; 0 goes back to now, then act" }
        return nil
    }

    /// The same for what only who has the helm may do.
    package var whyNoSteering: String? {
        whyNoActing ?? snapshot.room?.whyNoHelm(you.name).map { "\($0): h takes it over" }
    }

    /// The same for HOLD: while a move runs, an audit that cannot be written keeps nobody from stopping it.
    package var whyNoHold: String? {
        link == .up && you.mayAct && !isFrozen && !openMoves.isEmpty ? nil : whyNoActing
    }

    /// Moves that still run.
    package var openMoves: [MoveStatus] { snapshot.moves.filter(\.isOpen) }
}
