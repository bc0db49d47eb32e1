// SPDX-License-Identifier: Apache-2.0

/// One line of the queue: a job, a task of an array, or the tasks of an array that have not begun.
package struct SlurmJob: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        case pending = "PENDING"
        case running = "RUNNING"
        case suspended = "SUSPENDED"
        case completing = "COMPLETING"
        case configuring = "CONFIGURING"
        case stageOut = "STAGE_OUT"
        case signaling = "SIGNALING"
        case stopped = "STOPPED"
        case resizing = "RESIZING"
        case requeued = "REQUEUED"
        case requeueHold = "REQUEUE_HOLD"
        case specialExit = "SPECIAL_EXIT"
        /// It is over, or a word that is not known.
        case other
    }

    /// As `squeue` names it: `12`, `12_7`, `12_[4-99%4]`.
    package var id: String
    /// The number that commands take; the array's for the tasks of one.
    package var arrayID: String
    package var name: String
    package var state: State
    /// Tasks that the line stands for: 1 but for an array that has not begun.
    package var tasks = 1
    /// There are more tasks than `tasks` says: the list was cut short.
    package var isCut = false
    /// How many tasks of the array may run at once; nil: all.
    package var throttle: Int?
    /// Those that it asked for, in its order; the one it runs in.
    package var partitions: [String] = []
    /// Why it waits, in Slurm's word: `Resources`, `JobHeldUser`.
    package var reason: String?
    package var user: String?
    package var account: String?
    package var qos: String?
    package var nodeCount: Int?
    package var cpus: Int?
    /// GPUs of one task, over all its nodes; nil: not known.
    package var gpus: Int?
    package var priority: Int?
    /// Unit: s since 1970. Of a job that waits the scheduler's estimate.
    package var start: Double?
    package var end: Double?
    package var submitted: Double?
    /// Unit: s; `.infinity`: none.
    package var limit: Double?
    package var used: Double?
    /// Where it runs.
    package var nodes: Hostlist
    /// What pins it: nodes and features that it insists on, and a reservation that it runs in.
    package var requiredNodes: String?
    package var features: String?
    package var reservation: String?
    package var dependency: String?
    /// It has its nodes alone (`--exclusive`).
    package var isExclusive = false
    /// Slurm would not put it back into its queue (`--no-requeue`).
    package var isFixed = false

    package init(id: String, name: String, state: State) {
        self.id = id
        arrayID = id
        self.name = name
        self.state = state
        nodes = Hostlist()
    }

    package var isRunning: Bool {
        switch state {
        case .running, .suspended, .completing, .configuring, .stageOut, .signaling, .stopped, .resizing: true
        case .pending, .requeued, .requeueHold, .specialExit, .other: false
        }
    }

    package var isPending: Bool {
        switch state {
        case .pending, .requeued, .requeueHold, .specialExit: true
        case .running, .suspended, .completing, .configuring, .stageOut, .signaling, .stopped, .resizing, .other: false
        }
    }

    /// Nobody's resources bring it to run: a person has to let it go.
    package var isHeld: Bool { isPending && (priority == 0 || (reason?.hasPrefix("JobHeld") ?? false)) }
}
