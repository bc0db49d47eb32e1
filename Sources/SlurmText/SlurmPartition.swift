// SPDX-License-Identifier: Apache-2.0

/// A partition: a name for a list of nodes, with rules for who may start what on them.
package struct SlurmPartition: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        case up = "UP"
        case down = "DOWN"
        case drain = "DRAIN"
        case inactive = "INACTIVE"
    }

    package var name: String
    package var nodes: Hostlist
    /// nil: the server does not say (REST v0.0.39).
    package var state: State?
    package var isDefault = false
    package var isHidden = false
    /// Unit: s; `.infinity`: no limit; nil: not said.
    package var maxTime: Double?
    package var defaultTime: Double?
    /// nil: no limit.
    package var maxNodesPerJob: Int?
    package var qos: String?

    package init(name: String, nodes: Hostlist) {
        self.name = name
        self.nodes = nodes
    }

    /// The answer to `scontrol -a -o show partition`.
    ///
    /// - Throws: `HostlistError` where one of the lists cannot be read: no list is half taken.
    package static func partitions(in text: String) throws(HostlistError) -> [SlurmPartition] {
        var partitions: [SlurmPartition] = []
        for record in SlurmRecord.records(in: text, beginningWith: "PartitionName") {
            guard let name = record["PartitionName"] else { continue }
            var partition = SlurmPartition(name: name, nodes: try Hostlist(parsing: record["Nodes"] ?? ""))
            partition.state = record["State"].flatMap(State.init)
            partition.isDefault = record["Default"] == "YES"
            partition.isHidden = record["Hidden"] == "YES"
            partition.maxTime = record["MaxTime"].flatMap(SlurmTime.span)
            partition.defaultTime = record["DefaultTime"].flatMap(SlurmTime.span)
            partition.maxNodesPerJob = record.whole("MaxNodes")
            partition.qos = record["QoS"]
            partitions.append(partition)
        }
        return partitions
    }
}
