// SPDX-License-Identifier: Apache-2.0

package import Factory
import Screen

/// The state of the main screen: where the focus, the selection and the filter are.
package struct MainScreen: Sendable {
    package internal(set) var focus = PanelKind.nodes
    /// The panel that has the whole screen.
    package internal(set) var zoomed: PanelKind?
    package internal(set) var marked: Set<NodeID> = []
    /// The selection is a node, not a row: it stays when the list is sorted anew.
    package internal(set) var selected: NodeID?
    /// First row of the node list on the screen.
    package internal(set) var offset = 0
    package internal(set) var sort = NodeSort.worst
    package internal(set) var filter = ""
    /// Whether keys go to the filter's field.
    package internal(set) var isFiltering = false
    /// The event that has the selection, by its number.
    package internal(set) var selectedEvent: UInt64?
    package internal(set) var list = NodeList()
    package internal(set) var history = Graphs()
    /// What is wrong with the nodes of the snapshot shown, and their picture: made once per snapshot.
    private(set) var conditions = NodeConditions(FactorySnapshot(plant: "", kind: .live, at: PlantTime(epoch: 0)))
    private(set) var heat = HeatPicture()
    /// The row that the selected node had: where the selection goes when the node leaves the list.
    private var lastRow = 0
    private var groups: [NodeGroup] = []

    package init() {}

    /// Takes in the snapshot to show.
    mutating func take(in context: DrawContext) {
        history.follow(context.snapshot)
        // Of the picture's own time: what is late is the picture, not ten thousand nodes.
        conditions = NodeConditions(context.picture)
        heat = HeatPicture(context, conditions)
        if groups != context.snapshot.nodes.groups {
            groups = context.snapshot.nodes.groups
            marked.formIntersection(context.snapshot.nodes.ids)
        }
        order(context)
    }

    /// Makes the list anew, after new values, another order or another filter.
    mutating func order(_ context: DrawContext) {
        list = NodeList(context.snapshot, conditions, held: context.held, sort: sort, filter: filter)
        guard selected != nil else { return }
        if let row = selectedRow(context) {
            lastRow = row
        } else {
            select(row: lastRow, context)
        }
        scroll(context)
    }

    /// The row of the selected node; nil when none is selected or it is not in the list.
    package func selectedRow(_ context: DrawContext) -> Int? {
        guard let selected else { return nil }
        let ids = context.snapshot.nodes.ids
        return list.order.firstIndex { ids[safe: $0] == selected }
    }

    /// Selects the node of a row, or of the nearest row there is.
    mutating func select(row: Int, _ context: DrawContext) {
        guard !list.order.isEmpty else {
            selected = nil
            return
        }
        lastRow = max(0, min(row, list.order.count - 1))
        selected = context.snapshot.nodes.ids[safe: list.order[lastRow]]
        scroll(context)
    }

    private mutating func scroll(_ context: DrawContext) {
        offset = TableScroll.offset(
            offset, selected: selectedRow(context), count: list.order.count, page: page(context))
    }

    /// Rows of the node list on the screen.
    func page(_ context: DrawContext) -> Int {
        let layout = MainLayout(context, zoomed: zoomed)
        guard let rect = layout.panels[.nodes] else { return 1 }
        return max(1, NodesParts(layout.inside(rect), groups: heat.groups, form: layout.form).listRows)
    }
}
