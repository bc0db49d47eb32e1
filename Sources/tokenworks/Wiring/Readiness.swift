// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What a service manager is told: `sd_notify`'s protocol, one datagram to the socket that it names. Without one, nothing.
enum Readiness: String {
    case ready = "READY=1"
    case stopping = "STOPPING=1"

    /// Nobody waits for an answer, and a service manager that is gone harms nothing.
    func tell(environment: [String: String] = ProcessInfo.processInfo.environment) {
        guard let path = environment["NOTIFY_SOCKET"], path.hasPrefix("/") || path.hasPrefix("@") else { return }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        // A name of the abstract space begins with a zero.
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return }
        defer { close(socket) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count + (name[0] == 0 ? 0 : 1))
        let words = Array(rawValue.utf8)
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(socket, words, words.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
    }
}
