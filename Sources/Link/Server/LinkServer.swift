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
    private let sockets: [ListeningSocket]
    private let access: Access
    private let states: (any ViewStates)?
    private let now: @Sendable () -> Double
    /// What it has sent, and to how many.
    package let counts = LinkCounts()
    private let tell: @Sendable (LinkNews) -> Void

    /// - Parameters:
    ///   - states: where people were; nil: nobody remembers.
    ///   - tell: hears what happens; on the loop that serves everybody, so that it must not wait.
    package init(
        _ plant: any Plant, host: ServerTalk.Host, on sockets: [ListeningSocket], _ access: Access = Access(),
        states: (any ViewStates)? = nil,
        tell: @escaping @Sendable (LinkNews) -> Void = { _ in }
    ) {
        self.init(plant, host: host, on: sockets, access, states: states, now: Monotonic.now, tell: tell)
    }

    /// - Parameter now: monotonic seconds.
    init(
        _ plant: any Plant, host: ServerTalk.Host, on sockets: [ListeningSocket], _ access: Access = Access(),
        states: (any ViewStates)? = nil,
        now: @escaping @Sendable () -> Double, tell: @escaping @Sendable (LinkNews) -> Void = { _ in }
    ) {
        self.tell = tell
        self.states = states
        self.plant = plant
        self.host = host
        self.sockets = sockets
        self.access = access
        self.now = now
    }

    /// Serves until the task is cancelled or the plant ends; then says goodbye, and the socket is gone.
    package func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let sites = await plant.places()
        // A factory of one has one nameless place.
        let places = sites.isEmpty ? [ServerHub.Place(site: nil, plant: plant)] : sites.map(ServerHub.Place.init)
        let hub = try await loop.submit { [host, states, now, counts, tell] in
            NIOLoopBound(
                ServerHub(
                    places, host: host, states: states, loop: loop, now: now, wall: Self.wall, counts: counts,
                    tell: tell),
                eventLoop: loop)
        }.get()
        var listeners: [any Channel] = []
        for socket in sockets { listeners.append(try await listen(socket, hub, group)) }
        let clock = loop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(250)) { _ in
            hub.value.tick()
        }
        try await withThrowingTaskGroup { group in
            for place in places {
                group.addTask {
                    for await snapshot in await place.plant.snapshots() {
                        // One after the other: a loop that is behind gets the newest, not all that it missed.
                        try await loop.submit { hub.value.show(snapshot, of: place.site) }.get()
                    }
                }
            }
            try await group.waitForAll()
        }
        clock.cancel()
        for socket in sockets { socket.remove() }
        // ignored because they are closed either way, and so are those below.
        for listener in listeners { try? await listener.close().get() }
        try? await loop.submit { hub.value.end() }.get()
        try? await group.shutdownGracefully()
        // Connections know it without holding it, and the last of them end only now.
        withExtendedLifetime(hub) {}
    }

    private func listen(
        _ socket: ListeningSocket, _ hub: NIOLoopBound<ServerHub>, _ group: MultiThreadedEventLoopGroup
    ) async throws -> any Channel {
        let (door, access) = (socket.door, access)
        return try await ServerBootstrap(group: group)
            .serverChannelInitializer { channel in
                // A host that is out of descriptors is not out of service: those who are attached stay.
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                }
            }
            .childChannelInitializer { channel in
                Peer.of(channel, through: door, access).flatMapThrowing { peer in
                    try channel.pipeline.syncOperations.addHandler(
                        ServerConnection(peer, hub: hub.value, through: door))
                }
            }
            .withBoundSocket(socket.descriptor).get()
    }

    @Sendable private static func wall() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
