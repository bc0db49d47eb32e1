// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Link

@Suite("Where metrics are served")
struct MetricsTests {
    @Test(
        "an address is numbers with a port",
        arguments: [("127.0.0.1:9464", true), ("[::1]:9464", true), ("0.0.0.0:0", false), ("[fe80::2]:80", false)])
    func address(text: String, isLoopback: Bool) throws {
        let address = try MetricsAddress(text)
        #expect(address.description == text)
        #expect(address.isLoopback == isLoopback)
    }

    @Test(
        "a name, a port alone and what is neither are refused in a sentence",
        arguments: [
            "9464", ":9464", "localhost:9464", "::1:9464", "[127.0.0.1]:1", "127.0.0.1:65536", "127.0.0.1:-1", "",
            "[]:1", "/x",
        ])
    func refused(text: String) throws {
        let error = try #require(throws: LinkError.self) { _ = try MetricsAddress(text) }
        #expect(error.text.contains("write 127.0.0.1:9464 or [::1]:9464"))
    }

    @Test("two cannot listen on one port, and the second says so; a port that was left is free again")
    func taken() async throws {
        let first = try await MetricsServer.bind(try MetricsAddress("127.0.0.1:0")) { "" }
        let port = first.address.split(separator: ":").last.map { $0.prefix { $0.isNumber } } ?? ""
        let error = await #expect(throws: LinkError.self) {
            _ = try await MetricsServer.bind(try MetricsAddress("127.0.0.1:\(port)")) { "" }
        }
        #expect(error?.text.contains("cannot listen on 127.0.0.1:\(port): Address already in use") == true)
        let serving = Task { await first.run() }
        serving.cancel()
        await serving.value
        let again = try await MetricsServer.bind(try MetricsAddress("127.0.0.1:\(port)")) { "" }
        let next = Task { await again.run() }
        next.cancel()
        await next.value
    }
}
