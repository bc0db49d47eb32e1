// SPDX-License-Identifier: Apache-2.0

import Glibc
import Spawn

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
        guard let stdin = ChildPipe(), let complaints = ChildPipe() else {
            throw HookError(text: "no pipes for \(command[0]): \(SystemError.text(errno))")
        }
        let start = ChildStart(
            command, environment: environment(variables), input: .copy(of: stdin.reading), output: .nothing,
            complaints: .copy(of: complaints.writing))
        let pid: pid_t
        do throws(ChildStart.Failure) {
            pid = try start.run()
        } catch {
            throw HookError(text: "\(command[0]) cannot be run: \(SystemError.text(error.code))")
        }
        stdin.closeReading()
        complaints.closeWriting()
        _ = fcntl(stdin.writing, F_SETFL, O_NONBLOCK)
        // It fits into the pipe's buffer. Ignored because a program need not read what it is given.
        _ = input.withUnsafeBytes { write(stdin.writing, $0.baseAddress, $0.count) }
        stdin.closeWriting()
        // The pipe is closed with its last name: until the program is over there has to be one.
        let (words, isLate) = withExtendedLifetime(complaints) { wait(pid, complaints.reading, timeout) }
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
        while !ChildStart.hasEnded(pid) {
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

    /// Ours is not theirs: what a daemon's environment holds is no hook's business.
    private static func environment(_ variables: [String: String]) -> [String] {
        var words: [String] = []
        for name in ["PATH", "HOME", "LANG"] {
            if let value = getenv(name) { words.append("\(name)=\(String(cString: value))") }
        }
        return words + variables.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }
}
