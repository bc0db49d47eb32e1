// SPDX-License-Identifier: Apache-2.0

import Glibc

/// One run of a hook's program. Only on a thread that may wait.
enum HookProcess {
    /// Bytes of its complaints that are kept.
    private static let room = 4096
    /// Time from the request to end to the end by force. Unit: s.
    private static let grace = 0.5

    /// Writing to a program that does not read is an error, not the end of this process.
    static func blockSignals() {
        var all = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, nil)
    }

    /// Whether nobody else decides what runs.
    static func check(_ command: [String]) throws(HookError) {
        guard let program = command.first, program.hasPrefix("/") else {
            throw HookError(text: "'\(command.first ?? "")' is no absolute path of a program")
        }
        var facts = stat()
        guard stat(program, &facts) == 0 else {
            throw HookError(text: "\(program) cannot be run: \(SystemError.text(errno))")
        }
        guard facts.st_mode & S_IFMT == S_IFREG, access(program, X_OK) == 0 else {
            throw HookError(text: "\(program) is no program that may be run: look at its mode")
        }
        guard facts.st_mode & S_IWOTH == 0 else {
            throw HookError(text: "\(program) can be written by everybody: 'chmod o-w \(program)'")
        }
        guard facts.st_uid == 0 || facts.st_uid == geteuid() else {
            throw HookError(
                text: "\(program) belongs to the user number \(facts.st_uid): it must be root's or this account's")
        }
    }

    /// - Throws: for a program that cannot be run, fails, or does not end in time.
    static func run(
        _ command: [String], input: [UInt8], variables: [String: String], timeout: Double
    ) throws(HookError) {
        guard let stdin = Pipe(), let complaints = Pipe() else {
            throw HookError(text: "no pipes for \(command[0]): \(SystemError.text(errno))")
        }
        let pid = try spawn(command, stdin.ends[0], complaints.ends[1], environment(variables))
        stdin.close(0)
        complaints.close(1)
        _ = fcntl(stdin.ends[1], F_SETFL, O_NONBLOCK)
        // It fits into the pipe's buffer. Ignored because a program need not read what it is given.
        _ = input.withUnsafeBytes { write(stdin.ends[1], $0.baseAddress, $0.count) }
        stdin.close(1)
        let (words, isLate) = wait(pid, complaints.ends[0], timeout)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let said = words.isEmpty ? "" : ", and said: \(words)"
        if isLate { throw HookError(text: "\(command[0]) was not over after \(timeout) s, and was killed\(said)") }
        // How a process ended, as the kernel packs it.
        if status & 0x7F != 0 { throw HookError(text: "\(command[0]) was ended by signal \(status & 0x7F)\(said)") }
        let code = (status >> 8) & 0xFF
        if code != 0 { throw HookError(text: "\(command[0]) ended with status \(code)\(said)") }
    }

    /// Waits for the program's end without taking it, so that its number, and its group's, stay its own.
    private static func wait(_ pid: pid_t, _ complaints: Int32, _ timeout: Double) -> (words: String, isLate: Bool) {
        var kept: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: room)
        var isOpen = true
        var isLate = false
        let start = SteadyClock.now()
        var killAt = start + timeout
        while !hasEnded(pid) {
            var state = pollfd(fd: isOpen ? complaints : -1, events: Int16(POLLIN), revents: 0)
            if poll(&state, 1, 20) > 0 {
                let count = read(complaints, &buffer, buffer.count)
                if count > 0 { kept = Array((kept + buffer[..<count]).suffix(room)) } else { isOpen = false }
            }
            guard SteadyClock.now() > killAt else { continue }
            kill(-pid, isLate ? SIGKILL : SIGTERM)
            isLate = true
            killAt = SteadyClock.now() + grace
        }
        // Whoever of the group is left after the time limit goes as well.
        if isLate { kill(-pid, SIGKILL) }
        var state = pollfd(fd: isOpen ? complaints : -1, events: Int16(POLLIN), revents: 0)
        if poll(&state, 1, 0) > 0 {
            let count = read(complaints, &buffer, buffer.count)
            if count > 0 { kept = Array((kept + buffer[..<count]).suffix(room)) }
        }
        let lines = String(decoding: kept, as: UTF8.self).split(whereSeparator: \.isNewline)
        return (lines.last.map(String.init) ?? "", isLate)
    }

    private static func hasEnded(_ pid: pid_t) -> Bool {
        var info = siginfo_t()
        let result = waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT)
        return result == 0 && info.si_signo == SIGCHLD
    }

    /// Ours is not theirs: what a daemon's environment holds is no hook's business.
    private static func environment(_ variables: [String: String]) -> [String] {
        var words: [String] = []
        for name in ["PATH", "HOME", "LANG"] {
            if let value = getenv(name) { words.append("\(name)=\(String(cString: value))") }
        }
        return words + variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    private static func spawn(
        _ command: [String], _ input: Int32, _ complaints: Int32, _ environment: [String]
    ) throws(HookError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, complaints, 2)
        // A socket or lock that was opened without care for this must not live on in a program of others.
        for descriptor in openDescriptors() where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A group of its own: what it starts is killed with it.
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        var arguments = command.map { strdup($0) } + [nil]
        defer { arguments.forEach { free($0) } }
        var variables = environment.map { strdup($0) } + [nil]
        defer { variables.forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, command[0], &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw HookError(text: "\(command[0]) cannot be run: \(SystemError.text(code))") }
        return pid
    }

    private static func openDescriptors() -> [Int32] {
        guard let folder = opendir("/proc/self/fd") else { return [] }
        defer { closedir(folder) }
        var found: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int32(name) { found.append(number) }
        }
        return found
    }

    /// Two ends, closed once each.
    private final class Pipe {
        private(set) var ends: [Int32] = [-1, -1]

        init?() {
            guard pipe(&ends) == 0 else { return nil }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }

        func close(_ end: Int) {
            if ends[end] >= 0 { Glibc.close(ends[end]) }
            ends[end] = -1
        }

        deinit {
            close(0)
            close(1)
        }
    }
}
