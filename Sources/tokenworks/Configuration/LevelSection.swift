// SPDX-License-Identifier: Apache-2.0

import Factory

/// `classes`: what each serving class of a live plant was promised.
enum LevelSection {
    /// Of requests that must meet both times, where nobody says.
    private static let usualTarget = 0.99

    static func read(_ top: inout YAMLSection) throws(ConfigurationError) -> [String: ServiceLevel] {
        guard var classes = try top.section("classes") else { return [:] }
        var levels: [String: ServiceLevel] = [:]
        for name in classes.keys {
            let line = classes.line(of: name)
            guard var section = try classes.section(name) else { continue }
            let ttft = try section.number("ttft", in: 0.001...86_400)
            let itl = try section.number("itl", in: 0.0001...3600)
            let target = try section.number("target", in: 0.5...0.99999)
            try section.finish()
            guard let itl else {
                throw ConfigurationError(
                    file: classes.file, line: line,
                    text: "classes.\(name): give 'itl', the most seconds between two tokens")
            }
            levels[name] = ServiceLevel(
                ttft: ttft.map(Seconds.init), itl: Seconds(itl), target: Share(target ?? usualTarget))
        }
        try classes.finish()
        return levels
    }
}
