// SPDX-License-Identifier: Apache-2.0

import NIOSSL
import Synchronization

/// Whom a target is believed over TLS, and what shows it who asks: Prometheus' `tls_config`, without its way to believe
/// everybody. The files are looked at for each request, so that a certificate that was renewed holds at once.
package struct ScrapeTLS: Sendable, Hashable {
    /// The authorities that are believed instead of this host's own; nil: this host's.
    package var authorities: String?
    /// The certificate of who asks, and its key; both or none.
    package var certificate: String?
    package var key: String?
    /// The name that the target's certificate must bear; nil: the host of its URL.
    package var serverName: String?

    private static let sizeLimit = 1 << 20

    package init(
        authorities: String? = nil, certificate: String? = nil, key: String? = nil, serverName: String? = nil
    ) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.serverName = serverName
    }

    /// Whether the files can be used now.
    ///
    /// - Throws: `TargetError` with the key of the configuration, the file and what is wrong.
    package func check() throws(TargetError) { _ = try current() }

    /// What the library makes connections with.
    func configuration() throws(ScrapeFailure) -> TLSConfiguration {
        do throws(TargetError) {
            return try current()
        } catch {
            throw ScrapeFailure(.credentials, "is not asked: \(error.description)")
        }
    }

    // MARK: Files

    private struct Made {
        var stamps: [SmallFile.Stamp?]
        var result: Result<TLSConfiguration, TargetError>
    }

    /// One reading of the files for all targets that name the same.
    private static let made = Mutex<[ScrapeTLS: Made]>([:])

    private func current() throws(TargetError) -> TLSConfiguration {
        let result = Self.made.withLock { made in
            // Before they are read, so that no change falls between.
            let stamps = [authorities, certificate, key].map { $0.flatMap(SmallFile.Stamp.init) }
            if let known = made[self], known.stamps == stamps { return known.result }
            let result = Result { () throws(TargetError) in try make() }
            made[self] = Made(stamps: stamps, result: result)
            return result
        }
        return try result.get()
    }

    private func make() throws(TargetError) -> TLSConfiguration {
        var made = TLSConfiguration.makeClientConfiguration()
        made.minimumTLSVersion = .tlsv12
        if let authorities {
            made.trustRoots = .certificates(try Self.certificates(in: authorities, "ca_file"))
        }
        if let certificate, let key {
            made.certificateChain = try Self.certificates(in: certificate, "cert_file").map { .certificate($0) }
            let bytes = try Self.read(key, "key_file")
            do {
                made.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: bytes, format: .pem))
            } catch {
                throw Self.wrong(key, "key_file", "is no private key in PEM without a password")
            }
            do {
                // The library asks whether the two belong together only here.
                _ = try NIOSSLContext(configuration: made)
            } catch {
                throw Self.wrong(key, "key_file", "is not the key of the certificate in \(certificate)")
            }
        }
        return made
    }

    private static func certificates(in file: String, _ word: String) throws(TargetError) -> [NIOSSLCertificate] {
        let bytes = try read(file, word)
        do {
            let found = try NIOSSLCertificate.fromPEMBytes(bytes)
            if !found.isEmpty { return found }
        } catch {}
        throw wrong(file, word, "holds no certificate in PEM")
    }

    private static func read(_ file: String, _ word: String) throws(TargetError) -> [UInt8] {
        do throws(TargetError) {
            return try SmallFile.read(file, limit: sizeLimit)
        } catch {
            throw wrong(file, word, error.text)
        }
    }

    private static func wrong(_ file: String, _ word: String, _ text: String) -> TargetError {
        TargetError(.unreadable, place: "tls.\(word): \(file)", text)
    }
}
