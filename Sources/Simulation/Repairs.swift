// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// Nodes break, run hot, slow down and come back.
extension SimulatedPlant {
    mutating func advanceBreakage() {
        while let episode = breakage.next(at: clock) { begin(episode) }
        guard !breakage.episodes.isEmpty || !breakage.reloading.isEmpty else { return }
        let now = clock
        let over = breakage.episodes.filter { $0.until <= now }
        if !over.isEmpty {
            breakage.episodes.removeAll { $0.until <= now }
            for episode in over where episode.kind == .failed { repair(episode) }
        }
        let loaded = breakage.reloading.filter { $0.until <= now }
        if !loaded.isEmpty {
            breakage.reloading.removeAll { $0.until <= now }
            for (node, _) in loaded { beginServing(node) }
        }
    }

    private mutating func begin(_ episode: Episode) {
        let node = episode.node
        let rack = names.rack(of: node)
        switch episode.kind {
        case .failed: strike(episode)
        case .rack: loseRack(rack, lasting: episode.until - clock)
        case .network: beginNetworkFault(rack, lasting: episode.until - clock)
        case .hot, .slow:
            // Only a node that works gets hot or slow, and only one that trains has a step to be slow at.
            let works = states[node] == .serving || states[node] == .training
            if works, episode.kind == .hot || gangOf[node] >= 0 { breakage.episodes.append(episode) }
        }
    }

    /// A rack goes dark: its power or its cooling; all of its nodes fail and come back together.
    mutating func loseRack(_ rack: Range<Int>, lasting: Double) {
        let text = "\(names.rackName(of: rack.lowerBound)) without power"
        let standing = rack.count { states[$0] != .failed }
        var toll = Toll()
        for node in rack {
            if let place = breakage.episodes.firstIndex(where: { $0.node == node && $0.kind == .failed }) {
                breakage.episodes[place].until = max(breakage.episodes[place].until, clock + lasting)
                continue
            }
            strike(
                Episode(
                    node: node, kind: .failed, since: clock, until: clock + lasting, gpu: 0, xid: 0,
                    text: "rack \(text)"), toll: &toll)
        }
        // One incident, one line, with what it took.
        emit(
            .failed, "rack \(text): \(Words.count(standing, "node"))\(toll.words)", node: rack.lowerBound,
            isFirstOut: true)
    }

    /// What failures took.
    struct Toll {
        var retried = 0.0
        /// GPU-hours by the name of the gang.
        var lost: [(gang: String, hours: Double)] = []

        mutating func lose(_ gang: String, _ hours: Double) {
            if let place = lost.firstIndex(where: { $0.gang == gang }) {
                lost[place].hours += hours
            } else {
                lost.append((gang, hours))
            }
        }

        /// `, 312 requests retried, rl-r3 lost 12 GPU-h`; empty where nothing was.
        var words: String {
            let gangs = lost.map { "\($0.gang) lost \(Words.short($0.hours)) GPU-h" }
            let all = (retried >= 1 ? ["\(Int(retried)) requests retried"] : []) + gangs
            return all.map { ", \($0)" }.joined()
        }
    }

    /// A rack's links lose packets. Its nodes answer users as before, because a model stays within a node; gangs step
    /// across it and crawl.
    mutating func beginNetworkFault(_ rack: Range<Int>, lasting: Double) {
        let name = names.rackName(of: rack.lowerBound)
        emit(.failed, "network of rack \(name) loses packets", node: rack.lowerBound)
        for node in rack where states[node] != .failed {
            if let place = breakage.episodes.firstIndex(where: { $0.node == node && $0.kind == .network }) {
                breakage.episodes[place].until = max(breakage.episodes[place].until, clock + lasting)
                continue
            }
            breakage.episodes.append(
                Episode(
                    node: node, kind: .network, since: clock, until: clock + lasting, gpu: 0, xid: 0,
                    text: "network \(name), step \(Gang.crawl) x median"))
        }
    }

    /// A node fails, whatever it did.
    mutating func strike(_ episode: Episode) {
        guard states[episode.node] != .failed else { return }
        var toll = Toll()
        strike(episode, toll: &toll)
        emit(.failed, "\(names.ids[episode.node]) \(episode.text)\(toll.words)", node: episode.node)
    }

    private mutating func strike(_ episode: Episode, toll: inout Toll) {
        let node = episode.node
        guard states[node] != .failed else { return }
        breakage.episodes.removeAll { $0.node == node }
        breakage.reloading.removeAll { $0.node == node }
        breakage.episodes.append(episode)
        switch states[node] {
        case .serving: toll.retried += inference[Int(poolOf[node])].loseNode()
        case .cordoned, .draining: toll.retried += inference[Int(poolOf[node])].cutDrainer()
        default:
            let index = Int(gangOf[node])
            if index >= 0 {
                let name = gangs[index].request.name
                toll.lose(name, leaveGang(node))
            }
        }
        set(node, .failed)
        failOrder(of: node, because: episode.text)
    }

    /// A repaired node goes back to its pool; one of training's, first of all, to the spares where they have become few.
    private mutating func repair(_ episode: Episode) {
        let node = episode.node
        let pool = Int(poolOf[node])
        if pool < inference.count {
            set(node, .loading)
            let profile = inference[pool].served.model.profile
            breakage.reloading.append((node, clock + profile.loadTime.value + profile.warmTime.value))
        } else if pool == sparePool || states.count(where: { $0 == .spare }) < layout.spare {
            give(node, to: sparePool)
            set(node, .spare)
        } else {
            set(node, .training)
        }
        let minutes = Int((clock - episode.since) / 60)
        emit(.repaired, "\(names.ids[node]) is back after \(minutes / 60) h \(minutes % 60) min", node: node)
    }

    mutating func beginServing(_ node: Int) {
        set(node, .serving)
        inference[Int(poolOf[node])].join()
    }
}
