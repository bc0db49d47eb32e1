// SPDX-License-Identifier: Apache-2.0

import Screen

/// The panels of the main screen, in the order of their number keys.
package enum PanelKind: String, Sendable, Hashable, CaseIterable {
    case nodes = "Nodes"
    case queue = "Queue"
    case tokens = "Tokens/s"
    case allocation = "Allocation"
    case events = "Events"

    func next(by step: Int) -> PanelKind {
        let all = Self.allCases
        let index = (all.firstIndex(of: self) ?? 0) + step
        return all[(index + all.count) % all.count]
    }
}

/// What stands on a panel's top line beside its title.
struct PanelCaption {
    var detail = ""
    var trailing = ""
    var trailingRole = Role.dim
}

/// One panel: its name, its caption and how its inside is drawn. A new one is a file and a line in `PanelRegistry`.
struct PanelRow: Sendable {
    let kind: PanelKind
    /// What the caption says above an inside of this size.
    let caption: @Sendable (MainView, Rect) -> PanelCaption
    let draw: @Sendable (inout Frame, Rect, MainView) -> Void
}

/// Every panel.
enum PanelRegistry {
    static let rows: [PanelRow] = [
        NodesPanel.row, QueuePanel.row, TokensPanel.row, AllocationPanel.row, EventsPanel.row,
    ]
}

/// What a panel looks at.
struct MainView: Sendable {
    let context: DrawContext
    let main: MainScreen
    let form: MainLayout.Form
}
