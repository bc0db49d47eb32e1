// SPDX-License-Identifier: Apache-2.0

import Factory

/// The tables there are. A new quantity is a row of `Tables`, never a message.
package enum EntityKind: String, Sendable, Hashable, CaseIterable {
    case plant, source, pool, job, node, gpu
}

/// Whose cells of a column are sent to a client.
enum Reach: Sendable, Hashable {
    /// All, to everybody.
    case always
    /// Of every node to who asks for the quantity, else of the nodes looked at.
    case overview(NodeQuantity)
    /// Of the nodes that are opened.
    case opened
    /// Of the accelerators of the nodes that are opened.
    case accelerators
}
