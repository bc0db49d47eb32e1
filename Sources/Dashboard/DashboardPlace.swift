// SPDX-License-Identifier: Apache-2.0

import Factory

/// Where somebody is in a dashboard: what is worth coming back to. Everything in it is optional: another version may know less.
package struct DashboardPlace: Sendable, Codable, Hashable {
    /// A screen over the main one.
    package struct Screen: Sendable, Codable, Hashable {
        var kind: String
        var node: NodeID?
        var reach: TrendReach?
        var gpu: Int?
    }

    var focus: String?
    var zoomed: String?
    var sort: String?
    var filter: String?
    var selected: NodeID?
    /// The lowest first; dialogs, plans and what was asked for once are not among them.
    var screens: [Screen]?

    package init() {}
}

extension DashboardState {
    /// Where it is now.
    package var place: DashboardPlace {
        var place = DashboardPlace()
        place.focus = main.focus == .nodes ? nil : main.focus.rawValue
        place.zoomed = main.zoomed?.rawValue
        place.sort = main.sort == .worst ? nil : main.sort.rawValue
        place.filter = main.filter.isEmpty || main.isFiltering ? nil : main.filter
        place.selected = main.selected
        let screens = overlays.compactMap(Self.screen)
        place.screens = screens.isEmpty ? nil : screens
        return place
    }

    private static func screen(_ screen: any OverlayScreen) -> DashboardPlace.Screen? {
        if let opened = screen as? NodeScreen {
            return DashboardPlace.Screen(
                kind: opened.kind.rawValue, node: opened.node, reach: opened.reach, gpu: opened.gpu)
        }
        return opening(screen.kind) == nil ? nil : DashboardPlace.Screen(kind: screen.kind.rawValue)
    }

    /// The screens that need nothing but their name.
    private static func opening(_ kind: ScreenKind) -> (opening: ScreenOpening, intent: Intent)? {
        switch kind {
        case .moves: (.moves, .moves)
        case .lifecycle: (.lifecycle, .lifecycle)
        case .economics: (.economics, .economics)
        case .jobs: (.jobs, .jobs)
        case .sites: (.sites, .sites)
        case .main, .plan, .node, .help, .audit, .quit, .origin, .request: nil
        }
    }

    /// Goes back to a place, as far as it still is one.
    mutating func resume(_ place: DashboardPlace) -> [Effect] {
        main.resume(place, context)
        var effects: [Effect] = []
        for screen in place.screens ?? [] {
            switch ScreenKind(rawValue: screen.kind) {
            case .node?:
                guard let node = screen.node, newest.nodes.ids.contains(node) else { continue }
                effects += open(.node(node))
                if let top = overlays.indices.last, var opened = overlays[top] as? NodeScreen {
                    opened.resume(screen)
                    overlays[top] = opened
                }
            case let kind?:
                // A page that no source feeds any more is not opened.
                guard let (opening, intent) = Self.opening(kind),
                    Keymap.table.first(where: { $0.intent == intent })?.whyDisabled(context) == nil
                else { continue }
                effects += open(opening)
            case nil: continue
            }
        }
        return effects
    }
}

extension MainScreen {
    fileprivate mutating func resume(_ place: DashboardPlace, _ context: DrawContext) {
        focus = place.focus.flatMap(PanelKind.init) ?? focus
        zoomed = place.zoomed.flatMap(PanelKind.init)
        sort = place.sort.flatMap(NodeSort.init) ?? sort
        filter = String((place.filter ?? "").prefix(Self.longestFilter))
        if let node = place.selected, context.snapshot.nodes.ids.contains(node) { selected = node }
        order(context)
    }
}

extension NodeScreen {
    fileprivate mutating func resume(_ place: DashboardPlace.Screen) {
        look(back: place.reach ?? reach, gpu: place.gpu)
    }
}
