// SPDX-License-Identifier: Apache-2.0

import Factory

/// What happened to machines between two pages of one target: numbers that stay on the page for ever are news once.
enum MachineNews {
    static func of(_ hosts: [HostFacts], before: [HostFacts]) -> [(kind: FactoryEvent.Kind, text: String)] {
        var news: [(kind: FactoryEvent.Kind, text: String)] = []
        let machines = Dictionary(before.map { (key($0), $0) }, uniquingKeysWith: { first, _ in first })
        for host in hosts {
            guard let was = machines[key(host)] else { continue }
            let name = host.name ?? host.address
            // The kernel counts from its clock, which is set now and then: seconds are no reboot.
            if let now = host.bootedAt, let then = was.bootedAt, (now - then).value > 60 {
                news.append((.change, "\(name) has rebooted at \(now.shortClock)"))
            } else if let now = host.oomKills, let then = was.oomKills, now > then {
                news.append(
                    (
                        .failed,
                        "\(name) out of memory: killed \(now - then == 1 ? "1 process" : "\(now - then) processes")"
                    ))
            }
            news += gpus(of: host, before: was, name)
        }
        return news
    }

    private static func gpus(
        of host: HostFacts, before: HostFacts, _ name: String
    ) -> [(kind: FactoryEvent.Kind, text: String)] {
        host.gpus.enumerated().flatMap { index, gpu -> [(kind: FactoryEvent.Kind, text: String)] in
            // As a rule it stands where it stood.
            let isThere = index < before.gpus.count && before.gpus[index].uuid == gpu.uuid
            guard let was = isThere ? before.gpus[index] : before.gpus.first(where: { $0.uuid == gpu.uuid }) else {
                return []
            }
            let place = gpu.index.map { "gpu\($0)" } ?? gpu.uuid
            var news: [(kind: FactoryEvent.Kind, text: String)] = []
            if let xid = gpu.lastXID, xid != was.lastXID { news.append((.failed, "\(name) XID \(xid) \(place)")) }
            if gpu.faults.remapFailed, !was.faults.remapFailed {
                news.append((.failed, "\(name) row remap failed \(place)"))
            }
            if gpu.faults.uncorrectable > was.faults.uncorrectable {
                news.append(
                    (.failed, "\(name) \(Words.count(gpu.faults.uncorrectable, "uncorrectable error")) \(place)"))
            }
            return news
        }
    }

    private static func key(_ host: HostFacts) -> String { "\(host.exporter) \(host.name ?? host.address)" }
}
