// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Slurm's commands, run one at a time per call: found once, in a clean environment, each with a deadline of its own.
package struct SlurmCommand: Sendable {
    package enum Program: String, Sendable, Hashable, CaseIterable { case scontrol, squeue, sdiag, scancel, sinfo }

    /// Where the programs are, absolute.
    package let folder: String
    /// What they are told as SLURM_CONF, absolute.
    package let configuration: String
    /// The usual time limit. Slurm's own is 10 s, and a person waits no longer than 3.
    package var deadline = SlurmCommand.usualDeadline
    /// 10,000 jobs are 2 MB.
    package var outputLimit = 64 << 20

    package static let usualDeadline = Duration.milliseconds(2400)

    /// Where Slurm's own programs look, and where a node of a cluster without configuration files keeps its copy.
    package static let usualConfigurations = [
        "/etc/slurm/slurm.conf", "/usr/local/etc/slurm.conf", "/etc/slurm-llnl/slurm.conf",
        "/run/slurm/conf/slurm.conf",
    ]
    package static let usualFolders = ["/usr/bin", "/usr/local/bin", "/opt/slurm/bin", "/usr/local/slurm/bin"]

    /// Finds programs and configuration. Without its file Slurm's commands hang for a minute, so that is looked at first.
    ///
    /// - Parameters:
    ///   - configuration: the path of slurm.conf; nil: what SLURM_CONF says, else the usual places.
    ///   - folder: where the programs are; nil: along PATH, else the usual places.
    ///   - variables: the environment that is asked for SLURM_CONF and PATH.
    /// - Throws: `SlurmFailure` with what is missing and what to do.
    package init(configuration: String?, folder: String?, variables: [String: String]) throws(SlurmFailure) {
        self.configuration = try Self.found(configuration ?? variables["SLURM_CONF"].flatMap { $0.isEmpty ? nil : $0 })
        let path = (variables["PATH"] ?? "").split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
        let folders = folder.map { [$0] } ?? path + Self.usualFolders
        guard let first = folders.first(where: { access($0 + "/scontrol", X_OK) == 0 }) else {
            throw SlurmFailure(
                .noProgram,
                "has no scontrol in \(folder ?? "PATH"): install slurm-client, or name its folder with sources[].slurm.bin"
            )
        }
        self.folder = first
    }

    private static func found(_ named: String?) throws(SlurmFailure) -> String {
        func isFile(_ path: String) -> Bool {
            var facts = stat()
            return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && access(path, R_OK) == 0
        }
        if let named {
            guard named.hasPrefix("/") else {
                throw SlurmFailure(.noConfiguration, "cannot be asked: SLURM_CONF '\(named)' is no absolute path")
            }
            guard isFile(named) else {
                throw SlurmFailure(.noConfiguration, "cannot be asked: \(named) is missing or cannot be read")
            }
            return named
        }
        guard let usual = usualConfigurations.first(where: isFile) else {
            throw SlurmFailure(
                .noConfiguration,
                "cannot be asked: no slurm.conf in the usual places; name it with sources[].slurm.conf or SLURM_CONF")
        }
        return usual
    }

    /// What a command said, and how it ended.
    package struct Reply: Sendable {
        package enum Ending: Sendable, Hashable {
            case exited(Int32)
            case signalled(Int32)
            /// Whether it did something by then nobody knows: look before anything else.
            case timedOut
            case saidTooMuch
            case notStarted(String)
        }

        package var ending: Ending
        package var output: [UInt8]
        /// The last of what it complained of.
        package var complaints: String
        /// The time limit that it had. Unit: s.
        package var deadline: Double
        /// Unit: s.
        package var elapsed: Double
        package var processor: Double

        package var isGood: Bool { ending == .exited(0) }
        package var text: String { String(decoding: output, as: UTF8.self) }

        package init(
            ending: Ending, output: [UInt8], complaints: String, deadline: Double, elapsed: Double, processor: Double
        ) {
            self.ending = ending
            self.output = output
            self.complaints = complaints
            self.deadline = deadline
            self.elapsed = elapsed
            self.processor = processor
        }
    }

    /// - Parameter deadline: nil: the usual one.
    package func run(_ program: Program, _ arguments: [String], deadline: Duration? = nil) async -> Reply {
        let limit = deadline ?? self.deadline
        let seconds = limit / .seconds(1)
        // It may have gone since it was found.
        guard access(configuration, R_OK) == 0 else {
            let words = "\(configuration) is missing or cannot be read"
            return Reply(
                ending: .notStarted(words), output: [], complaints: "", deadline: seconds, elapsed: 0, processor: 0)
        }
        let result = await ChildProcess.run(
            ChildProcess.Order(
                words: ["\(folder)/\(program.rawValue)"] + arguments, environment: environment, deadline: limit,
                outputLimit: outputLimit))
        let ending: Reply.Ending =
            switch result.ending {
            case .exited(let status): .exited(status)
            case .signalled(let signal): .signalled(signal)
            case .timedOut: .timedOut
            case .saidTooMuch: .saidTooMuch
            case .notStarted(let words): .notStarted("\(folder)/\(program.rawValue): \(words)")
            }
        return Reply(
            ending: ending, output: result.output, complaints: String(decoding: result.complaints, as: UTF8.self),
            deadline: seconds, elapsed: result.elapsed, processor: result.processor)
    }

    /// Nothing of ours: SLURM_JWT, SQUEUE_FORMAT and their like change what the commands do. Times are UTC, and lists of
    /// tasks are whole.
    private var environment: [String] {
        [
            "SLURM_CONF=\(configuration)", "PATH=\(folder):/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "SLURM_BITSTR_LEN=0",
        ]
    }

    /// The command as a person would type it, for people.
    package static func line(_ program: Program, _ arguments: [String]) -> String {
        ([program.rawValue] + arguments.map(quoted)).joined(separator: " ")
    }

    private static func quoted(_ word: String) -> String {
        let plain = word.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            default: "-_=+.,:/@%[]".utf8.contains(byte)
            }
        }
        guard !plain || word.isEmpty || word.contains("[") else { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
