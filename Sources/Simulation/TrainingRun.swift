// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// Gangs over time: they step, save, restart and end.
extension SimulatedPlant {
    /// Half of the training nodes in elastic gangs, the others in rigid ones; one node under a forgotten notebook.
    mutating func openTraining() {
        let total = layout.training
        guard total > 0 else { return }
        let curators = total >= 8 ? max(1, total / 14) : 0
        let elastic = total >= 2 ? max(2, (total + 1) / 2) : 0
        let hasNotebook = total - elastic >= 5
        var node = 0
        if curators > 0 { open(book.curation(nodes: curators, since: clock), nodes: curators, from: &node) }
        for (kind, size) in JobBook.sizes(of: elastic - curators, largest: largestGang).enumerated() {
            open(book.job(nodes: size, elastic: true, kind: kind, since: clock), nodes: size, from: &node)
        }
        let rigid = total - elastic - (hasNotebook ? 1 : 0)
        for (kind, size) in JobBook.sizes(of: rigid, largest: largestGang).enumerated() {
            open(book.job(nodes: size, elastic: false, kind: kind, since: clock), nodes: size, from: &node)
        }
        if hasNotebook { open(book.notebook(since: clock), nodes: 1, from: &node) }
        trainingFloor = gangs.reduce(0) { $0 + $1.request.minNodes }
        let waits = (0..<3 + gangs.count / 4).map { _ in book.between(600, 5 * 3600) }.sorted(by: >)
        for wait in waits { pending.append(book.submitted(largest: largestGang, at: clock - wait)) }
        nextSubmission = clock + book.exponential(mean: submissionGap)
    }

    private mutating func open(_ request: JobRequest, nodes count: Int, from node: inout Int) {
        var gang = Gang(request, nodes: count, at: clock, machine: settings.hardware)
        gang.enter(.running, at: clock - book.between(3600, 20 * 3600))
        gang.open(savedAt: clock - book.between(60, max(61, gang.checkpointInterval - 60)), now: clock)
        gang.nextCheckpoint = gang.checkpointAt + gang.checkpointInterval
        gang.left *= book.between(0.2, 1)
        if !request.trains { gang.nextCheckpoint = .infinity }
        for member in node..<node + count { gangOf[member] = Int32(gangs.count) }
        node += count
        gangs.append(gang)
    }

    /// Nodes of the largest job anybody submits: a quarter of a small plant's training, less of a large one's.
    var largestGang: Int { max(1, min(layout.training / 4, 40 + layout.training / 25)) }
    /// Mean seconds between two submissions: a little more is asked than is there.
    var submissionGap: Double { 2400 }

    mutating func advanceTraining() {
        var ended: [Int] = []
        for index in gangs.indices {
            gangs[index].step()
            switch gangs[index].phase {
            case .running:
                if gangs[index].left <= 0 {
                    ended.append(index)
                } else if clock >= gangs[index].nextCheckpoint {
                    beginCheckpoint(of: index)
                }
            case .checkpointing where clock >= gangs[index].phaseEnds: endCheckpoint(of: index)
            case .restarting where clock >= gangs[index].phaseEnds:
                gangs[index].enter(.running, at: clock)
                // The first save comes soon, so that the next loss is a small one.
                gangs[index].nextCheckpoint = gangs[index].request.trains ? clock + 300 : .infinity
            case .checkpointing, .restarting, .incomplete, .pending: break
            }
        }
        for index in ended.reversed() { end(index) }
        if clock >= nextScheduling {
            nextScheduling = clock + 30
            schedule()
        }
    }

    mutating func beginCheckpoint(of index: Int) {
        gangs[index].enter(.checkpointing, at: clock, until: clock + Gang.checkpointTime)
        for node in members(of: index) where states[node] == .training { set(node, .checkpointing) }
    }

    private mutating func endCheckpoint(of index: Int) {
        gangs[index].save(at: clock)
        gangs[index].nextCheckpoint = clock + gangs[index].checkpointInterval
        gangs[index].enter(.running, at: clock)
        wake(index)
        // A line for every save of every gang would bury what matters.
        guard clock - lastCheckpointNews >= Gang.checkpointEvery else { return }
        lastCheckpointNews = clock
        emit(.checkpoint, "job \(gangs[index].request.id) \(gangs[index].request.name) checkpoint durable")
    }

    /// Members that a checkpoint held step again; one that an order holds stays as it is.
    private mutating func wake(_ index: Int) {
        for node in members(of: index) where states[node] == .checkpointing && !isOrdered(node) { set(node, .training) }
    }

    func members(of index: Int) -> [Int] { gangOf.indices.filter { gangOf[$0] == Int32(index) } }

    private mutating func end(_ index: Int) {
        let request = gangs[index].request
        emit(.job, "job \(request.id) \(request.name) (\(request.owner)) has ended, \(gangs[index].nodes) nodes free")
        remove(index)
    }

    /// Forgets a gang; its nodes are free training nodes.
    mutating func remove(_ index: Int) {
        wake(index)
        for node in gangOf.indices {
            if gangOf[node] == Int32(index) {
                gangOf[node] = -1
            } else if gangOf[node] > Int32(index) {
                gangOf[node] -= 1
            }
        }
        gangs.remove(at: index)
        nextScheduling = clock
        revision.number += 1
    }

    /// Takes a node out of its gang, which goes back to its last checkpoint. Returns the GPU-hours that costs.
    @discardableResult
    mutating func leaveGang(_ node: Int) -> Double {
        let index = Int(gangOf[node])
        guard index >= 0 else { return 0 }
        let steps = gangs[index].phase == .running || gangs[index].phase == .checkpointing
        let isFree = gangs[index].changesFreely && gangs[index].nodes > gangs[index].request.minNodes
        let lost = steps && !isFree ? gangs[index].undo() : 0
        lostWork += lost
        gangOf[node] = -1
        gangs[index].nodes -= 1
        if gangs[index].nodes == 0, gangs[index].request.kind == .interactive {
            remove(index)
        } else if isFree {
            // A rollout worker has gone; the learner steps on.
        } else if gangs[index].isWhole {
            restart(index)
        } else {
            gangs[index].enter(.incomplete, at: clock)
            wake(index)
        }
        return lost * Double(settings.hardware.gpusPerUnit) / 3600
    }

    /// Adds a node to a gang; the gang restarts as soon as it is whole. A running gang saves before it takes a node in.
    mutating func joinGang(_ node: Int, _ index: Int) {
        let isFree = gangs[index].changesFreely
        if gangs[index].phase == .running, !isFree { gangs[index].save(at: clock) }
        gangOf[node] = Int32(index)
        gangs[index].nodes += 1
        if gangs[index].isWhole, !isFree { restart(index) }
        revision.number += 1
    }

    private mutating func restart(_ index: Int) {
        let time = gangs[index].request.trains ? Gang.restartTime * book.between(0.9, 1.15) : 30
        gangs[index].enter(.restarting, at: clock, until: clock + time)
        wake(index)
    }
}
