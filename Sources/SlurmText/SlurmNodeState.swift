// SPDX-License-Identifier: Apache-2.0

/// What Slurm says a node is: one base word, and flags beside it.
package struct SlurmNodeState: Sendable, Hashable {
    package enum Base: String, Sendable, Hashable, CaseIterable {
        case unknown, down, idle, allocated, mixed, error, future
    }

    package enum Flag: String, Sendable, Hashable, CaseIterable {
        case drain = "DRAIN"
        case completing = "COMPLETING"
        case notResponding = "NOT_RESPONDING"
        case fail = "FAIL"
        case maintenance = "MAINTENANCE"
        case reserved = "RESERVED"
        case planned = "PLANNED"
        case rebootRequested = "REBOOT_REQUESTED"
        case rebootIssued = "REBOOT_ISSUED"
        case poweredDown = "POWERED_DOWN"
        case poweringDown = "POWERING_DOWN"
        case poweringUp = "POWERING_UP"
        case powerDown = "POWER_DOWN"
        case powerUp = "POWER_UP"
        case powerDrain = "POWER_DRAIN"
        case invalidRegistration = "INVALID_REG"
        case blocked = "BLOCKED"
        case cloud = "CLOUD"
        case dynamic = "DYNAMIC_NORM"
        case undrain = "UNDRAIN"
        case resume = "RESUME"
    }

    package var base: Base
    package var flags: Set<Flag>
    /// Words that are none of the known ones, as they came.
    package var others: Set<String>

    package init(_ base: Base, _ flags: Set<Flag> = [], others: Set<String> = []) {
        self.base = base
        self.flags = flags
        self.others = others
    }

    /// The REST server's words: one base (or an array of base and flags, from v0.0.39 on) and flags beside it.
    package init(words: [String]) {
        self.init(.unknown)
        for word in words { take(word[...]) }
    }

    /// What a command prints: `IDLE+DRAIN`, `mix*`, `drng`, `idle~`.
    package init(parsing text: some StringProtocol) {
        self.init(.unknown)
        for part in text.split(separator: "+") {
            var word = part[...]
            // The mark after the word is a flag of its own.
            while let mark = word.unicodeScalars.last, let flag = Self.marks[mark] {
                flags.insert(flag)
                word = word.dropLast()
            }
            take(Substring(word))
        }
    }

    private mutating func take(_ word: Substring) {
        let upper = word.uppercased()
        if let compact = Self.compact[upper] {
            if let base = compact.base { self.base = base }
            flags.formUnion(compact.flags)
        } else if let flag = Flag(rawValue: upper) {
            flags.insert(flag)
        } else if !upper.isEmpty {
            others.insert(upper)
        }
    }

    private static let marks: [Unicode.Scalar: Flag] = [
        "*": .notResponding, "~": .poweredDown, "#": .poweringUp, "!": .powerDown, "%": .poweringDown,
        "$": .maintenance, "@": .rebootRequested, "^": .rebootIssued, "-": .planned,
    ]

    private static let compact: [String: (base: Base?, flags: Set<Flag>)] = [
        "UNKNOWN": (.unknown, []), "UNK": (.unknown, []), "DOWN": (.down, []), "IDLE": (.idle, []),
        "ALLOCATED": (.allocated, []), "ALLOC": (.allocated, []), "MIXED": (.mixed, []), "MIX": (.mixed, []),
        "ERROR": (.error, []), "FUTURE": (.future, []), "FUTR": (.future, []), "INVALID": (.unknown, []),
        "DRAINED": (.idle, [.drain]), "DRAINING": (.allocated, [.drain]), "DRNG": (.allocated, [.drain]),
        "COMP": (.idle, [.completing]), "MAINT": (nil, [.maintenance]),
        "RESV": (nil, [.reserved]), "PLND": (nil, [.planned]), "FAILING": (.allocated, [.fail]),
        "FAILG": (.allocated, [.fail]), "NO_RESPOND": (nil, [.notResponding]),
        "INVAL": (nil, [.invalidRegistration]), "REBOOT": (nil, [.rebootRequested]), "BOOT": (nil, [.rebootIssued]),
        "POW_DN": (nil, [.poweringDown]), "POW_UP": (nil, [.poweringUp]),
        "DYNAMIC_FUTURE": (nil, [.dynamic]),
    ]

    /// Whether a job has any part of it.
    package var hasWork: Bool { base == .allocated || base == .mixed || flags.contains(.completing) }

    package var isDraining: Bool { flags.contains(.drain) && hasWork }

    /// Nothing runs, nothing new starts, and nothing else is the matter with it: what a move waits for.
    package var isExactlyDrained: Bool {
        // How the node came to be in the cluster is no state of it, and what backfill planned before the drain starts no more.
        base == .idle && flags.subtracting([.cloud, .dynamic, .planned]) == [.drain] && others.isEmpty
    }

    /// Nothing runs and nothing new starts.
    package var isDrained: Bool { flags.contains(.drain) && !hasWork }

    /// Whether the controller knows how the node is: for some seconds after its own start it does not.
    package var isHeard: Bool { base != .unknown && !flags.contains(.notResponding) }

    package var isDown: Bool { base == .down || base == .error || flags.contains(.fail) }

    /// Whether jobs may start on it: idle or in part, and nothing is said against it.
    package var takesWork: Bool {
        let against: Set<Flag> = [
            .drain, .notResponding, .fail, .maintenance, .poweredDown, .poweringDown, .powerDown, .powerDrain,
            .rebootIssued, .rebootRequested, .invalidRegistration, .blocked,
        ]
        return [.idle, .mixed, .allocated].contains(base) && flags.isDisjoint(with: against)
    }
}

extension SlurmNodeState: CustomStringConvertible {
    /// `IDLE+DRAIN`, as `scontrol` writes it.
    package var description: String {
        ([base.rawValue.uppercased()] + Flag.allCases.filter(flags.contains).map(\.rawValue) + others.sorted())
            .joined(separator: "+")
    }
}
