// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Spawn
import Synchronization

/// The system's ssh as a child: its standard input and output are one socket, its complaints are kept for people.
final class SSHChild: Sendable {
    /// Our end of the socket. Whoever takes it closes it.
    let descriptor: Int32
    private let pid: pid_t
    private let target: SSHTarget
    private let mayAsk: Bool
    private let complaints = Mutex<[UInt8]>([])
    private let hasSaidAll = Mutex(false)
    /// Once it is reaped.
    private let way = Mutex<SSHEnding.Way?>(nil)

    /// Bytes of complaints that are kept.
    private static let room = 4096

    /// - Throws: `LinkError` where there is no ssh.
    init(_ target: SSHTarget, mayAsk: Bool, program: String = SSHTarget.program) throws(LinkError) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw LinkError(.unusable, "no pair of sockets for ssh: \(SystemWords.text(errno))")
        }
        var pipe: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, kind, 0, &pipe) == 0 else {
            let words = SystemWords.text(errno)
            ends.forEach { close($0) }
            throw LinkError(.unusable, "no pair of sockets for ssh: \(words)")
        }
        var start = ChildStart(
            [program] + target.arguments(mayAsk: mayAsk), environment: nil, input: .copy(of: ends[1]),
            output: .copy(of: ends[1]), complaints: .copy(of: pipe[1]))
        // It asks for a password on our terminal, which only the group in front may do.
        (start.hasOwnGroup, start.isSearched) = (false, true)
        defer {
            close(ends[1])
            close(pipe[1])
        }
        do throws(ChildStart.Failure) {
            pid = try start.run()
        } catch {
            close(ends[0])
            close(pipe[0])
            throw LinkError(
                .unusable,
                "\(program) cannot be run: \(SystemWords.text(error.code)); install openssh-client, or name another with TOKENWORKS_SSH"
            )
        }
        (self.target, self.mayAsk) = (target, mayAsk)
        descriptor = ends[0]
        let errors = pipe[0]
        // Threads of their own: both wait for as long as ssh lives, and a pool's few threads may all be taken.
        Thread.detachNewThread { [self] in listen(errors) }
        Thread.detachNewThread { [self] in reap() }
    }

    /// Why the connection is over: in ssh's words where it has failed, else why the talk ended.
    ///
    /// - Parameter silently: the connection ended without a word of the daemon.
    func explain(_ why: String, silently: Bool) async -> String {
        // Its connection may end before its words are here; a companion of ssh may keep its output open for good.
        for _ in 0..<40 where !(hasSaidAll.withLock { $0 } && (ending.way != nil || !silently)) {
            // ignored because whoever is cancelled takes what there is.
            try? await Task.sleep(for: .milliseconds(25))
        }
        let ending = ending
        if silently, let sentence = ending.sentence(target, mayAsk: mayAsk) { return sentence }
        return ending.words.isEmpty ? why : "\(why); ssh says: \(ending.words)"
    }

    /// How it stands with it now.
    var ending: SSHEnding {
        SSHEnding(way: way.withLock { $0 }, words: complaints.withLock { SSHEnding.words($0) })
    }

    /// Asks it to end; it is reaped when it does.
    func end() {
        // A pid that was reaped may be another process by now.
        way.withLock { if $0 == nil { kill(pid, SIGTERM) } }
    }

    private func listen(_ errors: Int32) {
        var room = [UInt8](repeating: 0, count: Self.room)
        while true {
            let count = read(errors, &room, room.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            complaints.withLock { $0 = Array(($0 + room[..<count]).suffix(Self.room)) }
        }
        close(errors)
        hasSaidAll.withLock { $0 = true }
    }

    private func reap() {
        var info = siginfo_t()
        // Waits without taking: nobody may be given the number before `end` knows.
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        way.withLock { way in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            // As WIFEXITED and its kin, which are macros, take it apart.
            way = status & 0x7F == 0 ? .exit(status >> 8 & 0xFF) : .signal(status & 0x7F)
        }
    }
}
