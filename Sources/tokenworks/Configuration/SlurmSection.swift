// SPDX-License-Identifier: Apache-2.0

import Backends
import SlurmText

extension Configuration {
    /// A Slurm cluster, as its own commands see it.
    struct Slurm: Equatable {
        /// The path of slurm.conf; nil: SLURM_CONF, else the usual places.
        var configuration: String?
        /// The folder of scontrol, squeue and sdiag; nil: along PATH.
        var folder: String?
        /// Where slurmrestd answers; nil: nodes are read by commands.
        var rest: SlurmRest?
        /// Seconds between two looks.
        var interval: Double?
    }

    mutating func readSlurm(_ section: YAMLSection) throws(ConfigurationError) -> Slurm {
        var section = section
        for key in ["conf", "bin"] { lines["\(section.path).\(key)"] = section.line(of: key) }
        lines["\(section.path)"] = section.line
        var slurm = Slurm()
        slurm.configuration = try section.string("conf").map { Self.path($0, beside: section.file) }
        slurm.folder = try section.string("bin").map { Self.path($0, beside: section.file) }
        // Sites object to a poll each second.
        slurm.interval = try section.number("interval", in: 2...3600)
        slurm.rest = try Self.readRest(&section)
        try section.finish()
        return slurm
    }

    private static func readRest(_ section: inout YAMLSection) throws(ConfigurationError) -> SlurmRest? {
        guard var rest = try section.section("rest") else { return nil }
        let socket = try rest.string("socket").map { path($0, beside: rest.file) }
        let url = try rest.string("url")
        let token = try rest.string("token_file").map { path($0, beside: rest.file) }
        let user = try rest.string("user")
        try rest.finish()
        func refused(_ text: String) -> ConfigurationError {
            ConfigurationError(file: rest.file, line: rest.line, text: "\(rest.path): \(text)")
        }
        guard (socket == nil) != (url == nil) else { throw refused("give 'socket' or 'url', as http://host:6820") }
        if let url, !url.hasPrefix("http://"), !url.hasPrefix("https://") {
            throw refused("url: expected http://host:6820")
        }
        guard (token == nil) == (user == nil) else { throw refused("slurmrestd wants both 'token_file' and 'user'") }
        if let user, !isPartition(user) { throw refused("user: '\(user)' is no name of a user") }
        var place = url ?? ""
        while place.hasSuffix("/") { place.removeLast() }
        var settled = SlurmRest(socket.map { .socket($0) } ?? .url(place))
        (settled.tokenFile, settled.user) = (token, user)
        return settled
    }

    /// Which partition is for what, and whether nodes may move.
    static func readSlurmControl(_ section: YAMLSection) throws(ConfigurationError) -> SlurmControl {
        var section = section
        let enabled = try section.flag("enabled") ?? false
        let training = try section.strings("training") ?? []
        let inference = try section.strings("inference") ?? []
        let signal = try section.string("checkpoint_signal")
        let grace = try section.number("checkpoint_grace", in: 0...86_400)
        try section.finish()
        func refused(_ key: String, _ text: String) -> ConfigurationError {
            ConfigurationError(file: section.file, line: section.line(of: key), text: "\(section.path).\(key): \(text)")
        }
        for (key, names) in [("training", training), ("inference", inference)] {
            if let bad = names.first(where: { !isPartition($0) }) {
                throw refused(key, "'\(bad)' is no partition's name: letters, digits, '-', '_' and '.', and not ALL")
            }
            if Set(names).count < names.count { throw refused(key, "a partition is named twice") }
        }
        if let both = training.first(where: inference.contains) {
            throw refused("inference", "the partition '\(both)' is for training already; a partition has one use")
        }
        guard !training.isEmpty || !inference.isEmpty else {
            throw ConfigurationError(
                file: section.file, line: section.line,
                text: "\(section.path): name the partitions: training: [...] and inference: [...]")
        }
        if let signal, !isSignal(signal) {
            throw refused("checkpoint_signal", "'\(signal)' is no signal's name, as USR1 or TERM")
        }
        var control = SlurmControl(isEnabled: enabled, training: training, inference: inference)
        control.signal = signal ?? control.signal
        control.grace = grace ?? control.grace
        return control
    }

    private static func isSignal(_ name: String) -> Bool {
        (1...8).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x41...0x5a).contains($0) || (0x30...0x39).contains($0) }
    }

    /// ALL is Slurm's word for every node.
    private static func isPartition(_ name: String) -> Bool {
        !name.isEmpty && name.count <= 64 && name.uppercased() != "ALL"
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
                default: false
                }
            }
    }
}

extension Configuration.Control {
    /// As the configuration names it.
    var engine: String {
        switch self {
        case .simulated: "simulated"
        case .slurm: "slurm"
        }
    }
}
