// SPDX-License-Identifier: Apache-2.0

import Logging
import ServiceLifecycle
import Synchronization

/// A part of the daemon: it works until it is asked to end, and is left behind when it then takes too long. A source, a client
/// or a disk that does not answer must not keep a daemon from its end.
struct DaemonService: Service {
    let name: String
    let logger: Logger
    var patience = Duration.seconds(3)
    /// Ends when its task is cancelled.
    let work: @Sendable () async throws -> Void

    func run() async throws {
        let task = Task { try await work() }
        let (ended, sender) = AsyncStream.makeStream(of: Never.self)
        let watch = Watch()
        Task {
            _ = await task.result
            watch.end()
            sender.finish()
        }
        let stop: @Sendable () -> Void = {
            task.cancel()
            Task {
                // ignored because nobody cancels it.
                try? await Task.sleep(for: patience)
                sender.finish()
            }
        }
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                for await _ in ended {}
            } onGracefulShutdown: {
                stop()
            }
        } onCancel: {
            stop()
        }
        guard watch.hasEnded else {
            logger.warning("left behind: it did not end in time", metadata: ["part": "\(name)"])
            return
        }
        do {
            try await task.value
        } catch is CancellationError {}
    }

    private final class Watch: Sendable {
        private let ended = Mutex(false)
        var hasEnded: Bool { ended.withLock { $0 } }
        func end() { ended.withLock { $0 = true } }
    }
}

extension DaemonService {
    /// The parts end one after the other, the last first; when one ends by itself, or fails, so do the others.
    static func group(_ parts: [DaemonService], logger: Logger) -> ServiceGroup {
        let services = parts.map {
            ServiceGroupConfiguration.ServiceConfiguration(
                service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup)
        }
        return ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger))
    }
}
