// SPDX-License-Identifier: Apache-2.0

package import Factory
package import SlurmText

/// What has to outlive the process, beside the journal and the marks that stand in Slurm itself.
package struct SlurmMemory: Codable, Sendable, Hashable {
    /// The word in every mark of this state directory.
    package var writer: String
    /// Lists of partitions as tokenworks last left them: what a reconfigure or a restart of Slurm reverts.
    package var intended: [String: [String]] = [:]
    /// The last way of each node: a start after a crash finds it here once the drain has been lifted.
    package var journeys: [String: Journey] = [:]
    /// The partitions that each node has left, the last one first: where a move back takes it, whatever became of the moves
    /// in between.
    package var homes: [String: [String]] = [:]
    /// Lists as each decision found them when it began, with its own changes and those of other decisions of ours.
    package var expected: [Int: [String: [String]]] = [:]

    package struct Journey: Codable, Sendable, Hashable {
        package var decision: Int
        package var from: String
        package var to: String
        /// The partitions that the node was in when it began; nil: an older version did not note it.
        package var places: [String]?
        /// Whether it was to be taken out of `from`: noted before that is written.
        package var leaves: Bool?
        /// Whether it has arrived or come back.
        package var isOver: Bool?
    }

    /// Decisions whose lists are remembered at most, where nobody says which have ended.
    static let kept = 256

    /// Jobs that were told to save their work and were not put back since, by decision.
    package var told: [Int: [String: Told]] = [:]

    /// A run of a job that was told to save.
    package struct Told: Codable, Sendable, Hashable {
        /// When it was told, by our clock. Unit: s since 1970.
        package var at: Double
        /// When the run began, by Slurm's clock; nil: not known. A job that has begun anew since is another run.
        package var start: Double?

        package init(at: Double, start: Double?) { (self.at, self.start) = (at, start) }

        /// An older version kept the moment alone.
        package init(from decoder: any Decoder) throws {
            // ignored because what is no number is tried as a table, whose error is thrown.
            if let at = try? decoder.singleValueContainer().decode(Double.self) {
                self.init(at: at, start: nil)
                return
            }
            let kept = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                at: try kept.decode(Double.self, forKey: .at),
                start: try kept.decodeIfPresent(Double.self, forKey: .start))
        }

        /// Whether a job is still in the run that was told.
        func isRun(of job: SlurmJob) -> Bool { start == nil || job.start == nil || start == job.start }
    }

    package init(writer: String) { self.writer = writer }

    /// What an older version has kept lacks what it did not know of.
    package init(from decoder: any Decoder) throws {
        let kept = try decoder.container(keyedBy: CodingKeys.self)
        writer = try kept.decode(String.self, forKey: .writer)
        intended = try kept.decode([String: [String]].self, forKey: .intended)
        journeys = try kept.decode([String: Journey].self, forKey: .journeys)
        expected = try kept.decode([Int: [String: [String]]].self, forKey: .expected)
        homes = try kept.decodeIfPresent([String: [String]].self, forKey: .homes) ?? journeys.mapValues { [$0.from] }
        told = try kept.decodeIfPresent([Int: [String: Told]].self, forKey: .told) ?? [:]
    }

    /// The highest decision that lists, ways or marks are remembered of; 0 for none. Each mark has its way in here.
    package var lastDecision: Int { max(journeys.values.map(\.decision).max() ?? 0, expected.keys.max() ?? 0) }

    /// The lists of a decision as it has to find them.
    package func lists(of decision: DecisionID) -> [String: Hostlist] {
        (expected[decision.number] ?? [:]).mapValues { Hostlist($0) }
    }

    /// A decision has seen the two lists for the first time.
    ///
    /// - Parameter ended: decisions that are open no more: nobody asks for their lists again.
    package mutating func begin(
        _ decision: DecisionID, _ partitions: [SlurmPartition], ended: Set<Int> = []
    ) {
        for partition in partitions where expected[decision.number]?[partition.name] == nil {
            expected[decision.number, default: [:]][partition.name] = partition.nodes.names
        }
        let many = expected.keys.sorted().dropLast(Self.kept)
        for number in ended.union(many) where number != decision.number {
            expected[number] = nil
            told[number] = nil
        }
    }

    /// A job stands in the queue again, with all parts that have its number: what becomes of it there is no matter of the
    /// decision, unless it runs on one of its nodes once more, and then it is told anew.
    package mutating func putBack(_ job: String, for decision: DecisionID) {
        let number = SlurmWrite.number(of: job)
        told[decision.number] = told[decision.number]?.filter { SlurmWrite.number(of: $0.key) != number }
    }

    /// The last way of a node, as the mark that was its drain's reason.
    package func journey(of node: String) -> SlurmMark? {
        journeys[node].map { SlurmMark(DecisionID($0.decision), from: $0.from, to: $0.to, writer: writer) }
    }

    /// - Parameter places: the partitions that the node is in.
    package mutating func start(_ node: String, _ mark: SlurmMark, places: [String]) {
        // A way back that drains again goes on with what was noted of the way there.
        if let known = journeys[node], known.decision == mark.decision.number, known.isOver != true { return }
        journeys[node] = Journey(decision: mark.decision.number, from: mark.from, to: mark.to, places: places)
        homes[node] = [mark.from] + (homes[node] ?? []).filter { $0 != mark.from }
    }

    /// All that one decision has begun to move, and nodes that another of ours has on their way.
    ///
    /// - Parameter marks: drains of a tokenworks, by node. A move that has failed or was closed is never noted as over: what
    ///   its mark holds no more is anybody's to list.
    package func nodes(of decision: DecisionID, _ marks: [String: SlurmMark]) -> Set<String> {
        Set(
            journeys.filter { name, way in
                way.decision == decision.number || way.isOver != true && marks[name] == journey(of: name)
            }.keys)
    }

    /// Where a node stands now, by a step of ours, in all that is remembered of a list. The other nodes of the list are
    /// left as they were: that somebody else has changed them meanwhile stays to be said.
    ///
    /// - Parameter list: the whole list as it is now, for one that was never changed before.
    package mutating func settle(_ node: String, isIn: Bool, partition: String, list: [String]) {
        func settled(_ names: [String]) -> [String] {
            guard names.contains(node) != isIn else { return names }
            return isIn ? names + [node] : names.filter { $0 != node }
        }
        intended[partition] = settled(intended[partition] ?? list)
        expected = expected.mapValues { lists in
            lists.merging(lists[partition].map { [partition: settled($0)] } ?? [:]) { $1 }
        }
    }
}
