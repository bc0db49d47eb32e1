// SPDX-License-Identifier: Apache-2.0

import Factory
import Simulation

/// A drill and where each of its events was written.
struct DrillFile {
    let drill: Drill
    /// The file, or `drill burst` for one that is shipped.
    let source: String
    private let lines: [Int]

    /// A shipped drill by its name, or a file by its path (anything with a `/`, or ending in `.yaml`).
    ///
    /// - Throws: `Complaint`.
    static func load(_ name: String) throws -> DrillFile {
        do throws(ConfigurationError) {
            if isPath(name) {
                let file = name.split(separator: "/").last.map(String.init) ?? name
                let stem = file.split(separator: ".").first.map(String.init) ?? file
                return try DrillFile(parsing: ConfigurationFile.text(of: name), file: name, name: stem)
            }
            if let text = ShippedDrills.text(of: name) {
                return try DrillFile(parsing: text, file: "drill \(name)", name: name)
            }
        } catch {
            throw Complaint(error.description, .badInput)
        }
        let names = ShippedDrills.texts.map(\.name).joined(separator: ", ")
        throw Complaint("there is no drill '\(name)'; there are: \(names), or a path to a YAML file", .badInput)
    }

    /// Whether a drill's name is meant as a file.
    static func isPath(_ name: String) -> Bool {
        name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
    }

    init(parsing text: String, file: String, name: String) throws(ConfigurationError) {
        source = file
        var top = try YAMLSection(parsing: text, file: file)
        let about = try top.string("about") ?? ""
        guard let sections = try top.sections("events") else {
            throw ConfigurationError(file: file, line: top.line, text: "events: a drill needs a list of events")
        }
        try top.finish()
        var events: [Drill.Event] = []
        for section in sections {
            let event = try DrillEvents.read(section)
            if let last = events.last, event.at < last.at {
                throw ConfigurationError(
                    file: file, line: section.line,
                    text: "\(section.path).at: its time lies before that of the event above it; sort the events")
            }
            events.append(event)
        }
        lines = sections.map(\.line)
        drill = Drill(name: name, about: about, events: events)
    }

    /// - Throws: `Complaint` for an event that a plant of these settings does not have the parts for.
    func checked(for settings: SimulationSettings) throws -> Drill {
        guard let problem = drill.problem(for: settings) else { return drill }
        let error = ConfigurationError(
            file: source, line: lines[problem.event], text: "events[\(problem.event)]: \(problem.text)")
        throw Complaint(error.description, .badInput)
    }
}

/// The words of a drill's events: docs/drills.md.
private enum DrillEvents {
    private static let words = [
        "demand", "length", "fail", "network", "power_cap", "rollout", "stuck_drain",
    ]
    private static let factors = 0.0...100.0

    static func read(_ section: YAMLSection) throws(ConfigurationError) -> Drill.Event {
        var section = section
        guard let at = try section.duration("at") else { throw missing("at", in: section) }
        for key in section.keys where key != "at" && !words.contains(key) {
            throw ConfigurationError(
                file: section.file, line: section.line(of: key),
                text: "\(section.path): unknown event '\(key)'; events: \(words.joined(separator: ", "))")
        }
        let named = section.keys.filter { words.contains($0) }
        guard named.count == 1, let word = named.first, var body = try section.section(word) else {
            throw ConfigurationError(
                file: section.file, line: section.line,
                text: "\(section.path): needs 'at' and exactly one of \(words.joined(separator: ", "))")
        }
        let action = try action(word, &body)
        try body.finish()
        try section.finish()
        return Drill.Event(at: at, action)
    }

    private static func action(
        _ word: String, _ body: inout YAMLSection
    ) throws(ConfigurationError) -> Drill.Action {
        switch word {
        case "demand":
            let ramp = try ramp(&body)
            return .demand(ramp.serving, factor: ramp.factor, over: ramp.over, lasting: ramp.lasting)
        case "length":
            let ramp = try ramp(&body)
            return .length(ramp.serving, factor: ramp.factor, over: ramp.over, lasting: ramp.lasting)
        case "fail":
            let place = try place(&body)
            let xid = try body.whole("xid", in: 1...999) ?? 0
            switch place {
            case .rack where xid > 0, .rackOf where xid > 0:
                throw ConfigurationError(
                    file: body.file, line: body.line,
                    text: "\(body.path): 'xid' is of a node; a rack fails because it has no power")
            default: break
            }
            return .failure(place, xid: xid, lasting: try body.duration("for") ?? 3600)
        case "network": return .network(try place(&body), lasting: try body.duration("for") ?? 1800)
        case "power_cap":
            guard let share = try body.number("share", in: 0.05...1) else { throw missing("share", in: body) }
            return .powerCap(share: share, lasting: try body.duration("for"))
        case "rollout": return .rollout(isBad: try body.flag("bad") ?? false)
        default: return .stuckDrain(lasting: try body.duration("for") ?? 1800)
        }
    }

    private static func ramp(
        _ body: inout YAMLSection
    ) throws(ConfigurationError) -> (serving: ServingClass?, factor: Double, over: Double, lasting: Double?) {
        let serving = try body.string("class").map { ServingClass($0) }
        guard let factor = try body.number("factor", in: factors) else { throw missing("factor", in: body) }
        return (serving, factor, try body.duration("over") ?? 0, try body.duration("for"))
    }

    private static func place(_ body: inout YAMLSection) throws(ConfigurationError) -> Drill.Place {
        let node = try body.string("node")
        let rack = try body.string("rack")
        let nodeOf = try body.string("node_of")
        let rackOf = try body.string("rack_of")
        let places: [Drill.Place] = [
            node.map { .node($0) }, rack.map { .rack($0) }, nodeOf.map { .nodeOf(pool($0)) },
            rackOf.map { .rackOf(pool($0)) },
        ].compactMap { $0 }
        guard places.count == 1, let place = places.first else {
            throw ConfigurationError(
                file: body.file, line: body.line,
                text: "\(body.path): say where with one of node, rack, node_of, rack_of")
        }
        return place
    }

    private static func pool(_ name: String) -> Pool {
        switch name {
        case "training": .training
        case "spare": .spare
        default: .inference(ServingClass(name))
        }
    }

    private static func missing(_ key: String, in section: YAMLSection) -> ConfigurationError {
        ConfigurationError(file: section.file, line: section.line, text: "\(section.path): '\(key)' is missing")
    }
}
