// SPDX-License-Identifier: Apache-2.0

package import Factory

extension DashboardState {
    /// What of the plant it shows now: what a plant elsewhere has to send.
    package var view: PlantView {
        let context = context
        var view = PlantView(overview: overview)
        let page = main.page(context)
        // A page before and after what is on the screen: the next key is there when it is pressed.
        let first = max(0, main.offset - page)
        view.nodes = Array(main.list.order.dropFirst(first).prefix(min(PlantView.limit, 3 * page)))
        for screen in overlays {
            if let opened = screen as? NodeScreen, let place = place(opened.node) {
                view.opened.append(place)
                view.gpu = opened.gpu
            }
            guard let origin = screen as? OriginScreen else { continue }
            if case .node(let node) = origin.subject {
                if let place = place(node) { view.opened.append(place) }
            } else {
                view.origins = true
            }
        }
        return view
    }

    private func place(_ node: NodeID) -> Int? { newest.nodes.ids.firstIndex(of: node) }

    /// What the heatmap is of, and what the list is ordered by.
    private var overview: [NodeQuantity] {
        var quantities: Set<NodeQuantity> = [.power, .powerLimit]
        // Power is looked for first; where nobody says it, what comes next has to be there to be found.
        switch held.heatQuantity {
        case .power: break
        case .gpuUtilisation: quantities.insert(.gpuUtilisation)
        case .cpu, .none: quantities.formUnion([.gpuUtilisation, .cpu])
        }
        switch main.sort {
        case .worst, .name, .since, .power: break
        case .utilisation: quantities.formUnion([.gpuUtilisation, .cpu])
        case .temperature: quantities.insert(.temperature)
        }
        return NodeQuantity.allCases.filter(quantities.contains)
    }
}
