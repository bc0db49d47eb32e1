// SPDX-License-Identifier: Apache-2.0

import Factory

/// A last XID stays on the page for ever: only its change is news.
enum XIDNews {
    /// `n1 XID 79 gpu3`, for each GPU whose last XID is another than before.
    static func words(_ hosts: [HostFacts], before: [HostFacts]) -> [String] {
        var old: [String: Int] = [:]
        for gpu in before.flatMap(\.gpus) { old[gpu.uuid] = gpu.lastXID ?? 0 }
        return hosts.flatMap { host in
            host.gpus.compactMap { gpu in
                guard let xid = gpu.lastXID, let was = old[gpu.uuid], was != xid else { return nil }
                return "\(host.name ?? host.address) XID \(xid) \(gpu.index.map { "gpu\($0)" } ?? gpu.uuid)"
            }
        }
    }
}
