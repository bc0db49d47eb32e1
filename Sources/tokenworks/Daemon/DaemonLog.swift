// SPDX-License-Identifier: Apache-2.0

import Control
import Factory
import Glibc
import Link
import Logging

/// What a daemon writes down of itself: who came and went, what was asked and answered, what became of moves and sources.
///
/// Nothing of it is a secret: addresses of targets have no passwords in them, and clients show none.
struct DaemonLog: Sendable {
    let logger: Logger

    func began(_ plant: String, kind: PlantKind, socket: String, metrics: String?, notes: [String]) {
        logger.info(
            "started",
            metadata: [
                "version": "\(Version.current)", "plant": "\(plant)", "kind": kind == .live ? "live" : "simulated",
                "socket": "\(socket)", "metrics": "\(metrics ?? "none")", "pid": .stringConvertible(Int(getpid())),
            ])
        for note in notes { logger.warning("note", metadata: ["text": "\(note)"]) }
    }

    /// What is wrong, or right again, with the file of the past; the plant goes on.
    func hear(history text: String, plant: String?) {
        logger.warning("history", metadata: ["plant": "\(plant ?? "")", "text": "\(text)"].filter { $0.value != "" })
    }

    func hear(_ news: LinkNews) {
        switch news {
        case .joined(let person): logger.info("client joined", metadata: Self.fields(person))
        case .left(let person): logger.info("client left", metadata: Self.fields(person))
        case .turnedAway(let name, let pid, let why):
            logger.warning(
                "client turned away",
                metadata: ["who": "\(name)", "pid": .stringConvertible(Int(pid)), "why": "\(why)"])
        case .asked(let who, let command):
            logger.info("command asked", metadata: ["who": "\(who)"].merging(Self.fields(command)) { $1 })
        case .refused(let who, let pid, let command, let why):
            let fields: Logger.Metadata = [
                "who": "\(who)", "pid": .stringConvertible(Int(pid)), "why": "\(why)",
            ]
            logger.warning("command refused", metadata: fields.merging(Self.fields(command)) { $1 })
        case .refusedMore(let who, let count):
            logger.warning("more commands refused", metadata: ["who": "\(who)", "count": .stringConvertible(count)])
        case .answered(let who, let outcome):
            let fields: Logger.Metadata = [
                "who": "\(who)", "verdict": "\(outcome.verdict.rawValue)", "text": "\(outcome.text)",
            ]
            logger.log(
                level: outcome.verdict == .accepted ? .info : .warning, "command answered",
                metadata: fields.merging(Self.fields(outcome.command)) { $1 })
        }
    }

    func hear(_ news: PlantNews, plant: String) {
        switch news {
        case .moveBegan(let move): logger.info("move began", metadata: Self.fields(move, plant))
        case .moveEnded(let move) where move.phase == .done:
            logger.info("move done", metadata: Self.fields(move, plant))
        case .moveEnded(let move):
            logger.warning(
                "move \(move.phase.rawValue)",
                metadata: Self.fields(move, plant).merging(["why": "\(move.trouble)"]) { $1 })
        case .secondWanted(let request):
            logger.warning(
                "second operator wanted",
                metadata: [
                    "plant": "\(plant)", "decision": "\(request.decision)", "who": "\(request.by)",
                    "what": "\(request.what)", "why": "\(request.reason)",
                ])
        case .beganAlone(let move):
            logger.warning(
                "move above the limit, alone",
                metadata: Self.fields(move, plant).merging(["why": "\(move.alone ?? "")"]) { $1 })
        case .silent(let source, let target, let why):
            logger.warning("source silent", metadata: ["source": "\(source)", "target": "\(target)", "why": "\(why)"])
        case .back(let source, let target):
            logger.info("source answers", metadata: ["source": "\(source)", "target": "\(target)"])
        }
    }

    private static func fields(_ person: Attached) -> Logger.Metadata {
        [
            "who": "\(person.name)", "role": "\(person.role)", "uid": .stringConvertible(Int(person.uid)),
            "pid": .stringConvertible(Int(person.pid)), "program": "\(person.program)",
        ]
    }

    private static func fields(_ command: PlantCommand) -> Logger.Metadata {
        switch command {
        case .submit(let decision, _, _): ["command": "submit", "decision": "\(decision)"]
        case .abort(let decision): ["command": "abort", "decision": "\(decision)"]
        case .approve(let decision): ["command": "approve", "decision": "\(decision)"]
        case .decline(let decision): ["command": "decline", "decision": "\(decision)"]
        case .setSpeed(let speed): ["command": "set speed", "speed": .stringConvertible(speed)]
        case .visit(let site): ["command": "visit", "site": "\(site)"]
        case .hold: ["command": "hold"]
        case .releaseHold: ["command": "release hold"]
        case .takeHelm: ["command": "take helm"]
        case .leaveHelm: ["command": "leave helm"]
        }
    }

    private static func fields(_ move: MoveStatus, _ plant: String) -> Logger.Metadata {
        [
            "plant": "\(plant)", "decision": "\(move.decision)", "who": "\(move.by)", "to": "\(move.to)",
            "nodes": .stringConvertible(move.units.count),
        ]
    }
}
