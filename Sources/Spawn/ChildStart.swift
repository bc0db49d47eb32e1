// SPDX-License-Identifier: Apache-2.0

import CSpawn
import Glibc

/// The start of another program: what it is told, and that nothing else of ours goes with it.
///
/// No signal that we ignore or block is ignored or blocked there (it would outlive us), and every descriptor but the three is
/// closed: a socket or lock that was opened without care for this must not live on in a program of others.
package struct ChildStart: Sendable {
    /// What one of its standard descriptors is.
    package enum File: Sendable {
        case copy(of: Int32)
        case nothing
    }

    /// The program and its arguments.
    package var words: [String]
    /// All of it; nil: ours.
    package var environment: [String]?
    package var input: File
    package var output: File
    package var complaints: File
    /// A group of its own: what it starts is killed with it, and the terminal's Ctrl-C is none of its business.
    package var hasOwnGroup = true
    /// Whether a program without a slash is looked for along PATH.
    package var isSearched = false

    package init(_ words: [String], environment: [String]?, input: File, output: File, complaints: File) {
        self.words = words
        self.environment = environment
        self.input = input
        self.output = output
        self.complaints = complaints
    }

    /// Why it did not start: a number of errno.
    package struct Failure: Error, Sendable, Hashable {
        package var code: Int32
    }

    /// - Returns: the child; somebody has to reap it.
    package func run() throws(Failure) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in [(Int32(0), input), (1, output), (2, complaints)] {
            switch file {
            case .copy(let of): posix_spawn_file_actions_adddup2(&actions, of, number)
            case .nothing:
                posix_spawn_file_actions_addopen(&actions, number, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0)
            }
        }
        // In the child: a list made here would miss what another thread opens meanwhile.
        cspawn_close_from(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        let group = hasOwnGroup ? POSIX_SPAWN_SETPGROUP : 0
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | group))
        var arguments = words.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var variables = environment.map { $0.map { strdup($0) } + [nil] } ?? []
        defer { variables.forEach { free($0) } }
        var pid: pid_t = 0
        let start = isSearched ? posix_spawnp : posix_spawn
        let code =
            environment == nil
            ? start(&pid, words[0], &actions, &attributes, &arguments, environ)
            : start(&pid, words[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw Failure(code: code) }
        return pid
    }

    /// Whether a child is over; it is not reaped by this, so that its number, and its group's, stay its own.
    package static func hasEnded(_ pid: Int32) -> Bool {
        var state = siginfo_t()
        return waitid(P_PID, id_t(pid), &state, WEXITED | WNOHANG | WNOWAIT) == 0 && state.si_signo == SIGCHLD
    }
}
