// SPDX-License-Identifier: Apache-2.0

/// What was meant by a key.
package enum Intent: String, Sendable, Hashable, CaseIterable {
    // Looking.
    case down, up, top, bottom, pageDown, pageUp, halfDown, halfUp
    case filter, nextMatch, previousMatch, sort
    case open, back, mark
    case nextPanel, previousPanel
    case focusNodes, focusQueue, focusTokens, focusAllocation, focusEvents
    case freeze, live
    case origin
    case graphReach, nextGraph, previousGraph
    case theme, redraw, suspend, help, audit, quit, leave
    case lifecycle, economics, jobs, sites
    // Acting.
    case plan, towardsInference, towardsTraining, moves, abort, hold
    case helm, vote
    case faster, slower
    // The plan.
    case moreNodes, fewerNodes, nextDonor, previousDonor, nextReceiver, previousReceiver
    case cheapestWay, verdicts, commands, submit
    // Dialogs.
    case yes, no
}
