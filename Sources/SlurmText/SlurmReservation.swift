// SPDX-License-Identifier: Apache-2.0

/// Nodes that somebody keeps for some people or for maintenance, for a time.
package struct SlurmReservation: Sendable, Hashable {
    package var name: String
    package var nodes: Hostlist
    /// Unit: s since 1970.
    package var start: Double?
    package var end: Double?
    package var flags: [String] = []
    package var users: [String] = []
    package var accounts: [String] = []
    package var partition: String?

    package init(name: String, nodes: Hostlist) {
        self.name = name
        self.nodes = nodes
    }

    package func isActive(at now: Double) -> Bool { (start ?? -.infinity) <= now && now < (end ?? .infinity) }

    /// The answer to `scontrol -o show reservation`; `No reservations in the system` has none.
    ///
    /// - Throws: `HostlistError` where one of the lists cannot be read.
    package static func reservations(in text: String) throws(HostlistError) -> [SlurmReservation] {
        var reservations: [SlurmReservation] = []
        for record in SlurmRecord.records(in: text, beginningWith: "ReservationName") {
            guard let name = record["ReservationName"] else { continue }
            var reservation = SlurmReservation(name: name, nodes: try Hostlist(parsing: record["Nodes"] ?? ""))
            reservation.start = record["StartTime"].flatMap(SlurmTime.moment)
            reservation.end = record["EndTime"].flatMap(SlurmTime.moment)
            reservation.flags = SlurmNode.list(record["Flags"])
            reservation.users = SlurmNode.list(record["Users"])
            reservation.accounts = SlurmNode.list(record["Accounts"])
            reservation.partition = record["PartitionName"]
            reservations.append(reservation)
        }
        return reservations
    }
}
