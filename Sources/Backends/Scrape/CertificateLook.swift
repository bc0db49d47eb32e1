// SPDX-License-Identifier: Apache-2.0

import Factory
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Why a target's certificate was not accepted. The library says only that it was not, so that the certificate is fetched
/// once more and looked at: nothing is sent, and the handshake is never ended.
struct CertificateLook {
    let target: ScrapeTarget
    /// How long the look may take.
    let limit: TimeAmount

    /// Addresses that are not even looked at.
    private let refusing: @Sendable (SocketAddress) -> String?

    init(_ target: ScrapeTarget, limit: TimeAmount) {
        self.target = target
        self.limit = limit
        refusing = RefusedAddress.reason
    }

    /// The sentence for an operator; what the library's error means by itself where the certificate cannot be fetched.
    func explained(_ failure: ScrapeFailure, _ error: any Error, now: Double) async -> ScrapeFailure {
        let isName = (error as? NIOSSLExtraError) == .failedToValidateHostname
        guard isName || failure.isDistrust else { return failure }
        // ignored because a target that cannot be looked at twice still has its first failure.
        guard let chain = try? await certificates(), let first = chain.first else { return failure }
        return ScrapeFailure(.tls, isName ? name(on: first) : distrust(chain, now: now))
    }

    private func distrust(_ chain: [NIOSSLCertificate], now: Double) -> String {
        for (place, one) in chain.enumerated() {
            let which = place == 0 ? "a certificate" : "a certificate above its own"
            if Double(one.notValidAfter) < now {
                return "has \(which) that ended on \(Self.date(one.notValidAfter)): it must be renewed there"
            }
            if Double(one.notValidBefore) > now {
                return
                    "has \(which) that begins on \(Self.date(one.notValidBefore)): compare the clocks of both hosts"
            }
        }
        guard let file = target.tls?.authorities else {
            return "has a certificate that this host does not trust: name who signed it in tls.ca_file"
        }
        return "has a certificate that nobody in \(file) (tls.ca_file) signed: put there who did"
    }

    private func name(on certificate: NIOSSLCertificate) -> String {
        let wanted = target.tls?.serverName ?? target.host
        let names = certificate._subjectAlternativeNames().compactMap { name -> String? in
            let bytes = Array(name.contents)
            switch name.nameType {
            case .dnsName: return String(decoding: bytes.prefix(100), as: UTF8.self)
            case .ipAddress where bytes.count == 4: return bytes.map { "\($0)" }.joined(separator: ".")
            default: return nil
            }
        }
        let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
        let bears = shown.isEmpty ? "that bears no name" : "for \(shown)"
        return "has a certificate \(bears), not for \(wanted): ask it by its name, or give that in tls.server_name"
    }

    /// `2026-11-25`.
    private static func date(_ seconds: time_t) -> String {
        String(PlantTime(epoch: Double(seconds)).iso8601.prefix { $0 != "T" })
    }

    // MARK: Fetching

    private struct Unseen: Error {}

    /// What the target shows, its own first.
    private func certificates() async throws -> [NIOSSLCertificate] {
        var plain = TLSConfiguration.makeClientConfiguration()
        // Whom it is signed by is not asked here.
        plain.trustRoots = .certificates([])
        let context = try NIOSSLContext(configuration: plain)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let found = loop.makePromise(of: [NIOSSLCertificate].self)
        let late = loop.scheduleTask(in: limit) { found.fail(Unseen()) }
        let host = target.tls?.serverName ?? target.host
        let name = RefusedAddress.isAddress(host) ? nil : host
        let refusing = refusing
        let connection = ClientBootstrap(group: loop).connectTimeout(limit)
            .connect(host: target.host, port: target.port)
            .flatMapThrowing { channel in
                channel.closeFuture.whenComplete { _ in found.fail(Unseen()) }
                // Whatever it came to: a peer that stays silent must not keep the connection.
                found.futureResult.whenComplete { _ in channel.close(promise: nil) }
                guard let address = channel.remoteAddress, refusing(address) == nil else {
                    channel.close(promise: nil)
                    throw Unseen()
                }
                let judge: NIOSSLCustomVerificationCallback = { chain, verdict in
                    found.succeed(chain)
                    verdict.succeed(.failed)
                }
                try channel.pipeline.syncOperations.addHandler(
                    NIOSSLClientHandler(context: context, serverHostname: name, customVerificationCallback: judge))
            }
        connection.whenFailure { found.fail($0) }
        defer { late.cancel() }
        return try await found.futureResult.get()
    }
}
