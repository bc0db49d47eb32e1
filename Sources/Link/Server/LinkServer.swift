// SPDX-License-Identifier: Apache-2.0

package import Factory
import Glibc
import NIOCore
import NIOPosix
package import Wire

/// Lets clients attach to a plant through a socket of this host.
package struct LinkServer: Sendable {
    private let plant: any Plant
    private let host: ServerTalk.Host
    private let socket: ListeningSocket
    private let states: (any ViewStates)?
    private let now: @Sendable () -> Double

    /// - Parameter states: where people were; nil: nobody remembers.
    package init(
        _ plant: any Plant, host: ServerTalk.Host, on socket: ListeningSocket, states: (any ViewStates)? = nil
    ) {
        self.init(plant, host: host, on: socket, states: states, now: Monotonic.now)
    }

    /// - Parameter now: monotonic seconds.
    init(
        _ plant: any Plant, host: ServerTalk.Host, on socket: ListeningSocket, states: (any ViewStates)? = nil,
        now: @escaping @Sendable () -> Double
    ) {
        self.states = states
        self.plant = plant
        self.host = host
        self.socket = socket
        self.now = now
    }

    /// Serves until the task is cancelled or the plant ends; then says goodbye, and the socket is gone.
    package func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let hub = try await loop.submit { [plant, host, states, now] in
            NIOLoopBound(
                ServerHub(plant, host: host, states: states, loop: loop, now: now, wall: Self.wall), eventLoop: loop)
        }.get()
        let listener = try await ServerBootstrap(group: group)
            .serverChannelInitializer { channel in
                // A host that is out of descriptors is not out of service: those who are attached stay.
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                }
            }
            .childChannelInitializer { channel in
                Peer.of(channel).flatMapThrowing { peer in
                    try channel.pipeline.syncOperations.addHandler(ServerConnection(peer, hub: hub.value))
                }
            }
            .withBoundSocket(socket.descriptor).get()
        let clock = loop.scheduleRepeatedTask(initialDelay: .milliseconds(250), delay: .milliseconds(250)) { _ in
            hub.value.tick()
        }
        for await snapshot in await plant.snapshots() {
            // One after the other: a loop that is behind gets the newest, not all that it missed.
            try await loop.submit { hub.value.show(snapshot) }.get()
        }
        clock.cancel()
        socket.remove()
        // ignored because it is closed either way, and so are those below.
        try? await listener.close().get()
        try? await loop.submit { hub.value.end() }.get()
        try? await group.shutdownGracefully()
    }

    @Sendable private static func wall() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
