// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// What an intent means where the screen on top has no meaning of its own for it.
extension DashboardState {
    mutating func meanEverywhere(_ intent: Intent) -> [Effect] {
        switch intent {
        case .freeze: freeze()
        case .live: goLive()
        case .theme: return nextTheme()
        case .redraw: return [.redraw]
        case .suspend: return [.suspend]
        case .help: return open(.help(of: screen))
        case .audit: return open(.audit)
        case .lifecycle: return open(.lifecycle)
        case .economics: return open(.economics)
        case .jobs: return open(.jobs)
        case .sites: return open(.sites)
        case .origin: return open(.origin(.sources))
        case .back: goBack()
        case .quit: return quit()
        case .leave: return leave()
        case .plan: return open(.plan(draft(to: nil, nodes: 0)))
        case .towardsInference: return open(.plan(draft(to: nil, nodes: 1, preferring: nodeAtHand)))
        case .towardsTraining: return open(.plan(draft(to: .training, nodes: 1, preferring: nodeAtHand)))
        case .moves: return open(.moves)
        case .abort: return abortOnly()
        case .hold: return hold()
        case .helm: return helm()
        case .vote: return vote()
        case .faster: return changeSpeed(by: 1)
        case .slower: return changeSpeed(by: -1)
        default: break
        }
        return []
    }

    private mutating func freeze() {
        if frozen != nil { return goLive() }
        frozen = newest
        say(Notice("FROZEN at \(newest.at.clock): the plant goes on; 0 goes back to now"))
    }

    private mutating func goLive() {
        guard frozen != nil else { return }
        frozen = nil
        held.hold(newest.nodes)
        main.take(in: context)
    }

    private mutating func nextTheme() -> [Effect] {
        guard !themes.isEmpty else { return [] }
        let next = themes.firstIndex(of: theme).map { ($0 + 1) % themes.count } ?? 0
        return [.setTheme(themes[next])]
    }

    private mutating func goBack() {
        if !overlays.isEmpty { overlays.removeLast() }
    }

    private mutating func quit() -> [Effect] {
        if !overlays.isEmpty {
            overlays.removeLast()
            return []
        }
        guard leavingEndsMoves else { return [.quit] }
        return open(.quit)
    }

    /// Out from anywhere. The second time, on the dialog that lists what runs, it is the answer.
    mutating func leave() -> [Effect] {
        guard leavingEndsMoves, screen != .quit else { return [.quit] }
        return open(.quit)
    }

    /// Marked nodes are asked for; without, `r` asks for what is enough, and `>` and `<` for one: the node at hand.
    private func draft(to pool: Pool?, nodes: Int, preferring node: NodeID? = nil) -> Draft {
        let marked = main.marked.sorted()
        guard marked.isEmpty else { return Draft(to: pool, nodes: marked.count, preferred: marked) }
        return Draft(to: pool, nodes: nodes, preferred: [node].compactMap(\.self))
    }

    /// The node that is looked at: opened, or with the selection on it in the list. A selection that another screen or panel
    /// hides is nobody's choice.
    private var nodeAtHand: NodeID? {
        if let top = overlays.last { return (top as? NodeScreen)?.node }
        return main.focus == .nodes ? main.selected : nil
    }
}
