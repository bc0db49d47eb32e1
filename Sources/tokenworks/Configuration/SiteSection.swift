// SPDX-License-Identifier: Apache-2.0

import Factory
import Simulation

/// `sites`: one mapping a site; `{name: norway, nodes: 32}`, or a place of one's own with `pue`, `energy_price`, `carbon`.
enum SiteSection {
    private static let known = SiteProfile.all.map(\.site.name).joined(separator: ", ")

    static func read(_ section: inout YAMLSection) throws(ConfigurationError) -> [Configuration.Site] {
        let line = section.line(of: "sites")
        guard let items = try section.sections("sites") else { return [] }
        guard !items.isEmpty else {
            throw ConfigurationError(
                file: section.file, line: line, text: "\(section.path).sites: names no site; leave it out for one place"
            )
        }
        var sites: [Configuration.Site] = []
        for item in items {
            let site = try read(item)
            if sites.contains(where: { $0.profile.site == site.profile.site }) {
                throw ConfigurationError(
                    file: item.file, line: item.line, text: "\(item.path): '\(site.profile.site)' is given twice")
            }
            sites.append(site)
        }
        if section.keys.contains("site") {
            throw ConfigurationError(
                file: section.file, line: line, text: "\(section.path): give 'site' or 'sites', not both")
        }
        guard sites.count <= 32 else {
            throw ConfigurationError(file: section.file, line: line, text: "\(section.path).sites: at most 32")
        }
        return sites
    }

    private static func read(_ item: YAMLSection) throws(ConfigurationError) -> Configuration.Site {
        var item = item
        guard let name = try item.string("name") else {
            throw ConfigurationError(file: item.file, line: item.line, text: "\(item.path): 'name' is missing")
        }
        guard Configuration.isPlantName(name), name.count <= 16 else {
            throw ConfigurationError(
                file: item.file, line: item.line(of: "name"),
                text: "\(item.path).name: '\(name)' must be 1 to 16 letters, digits, '-', '_' or '.'")
        }
        let nodes = try item.whole("nodes", in: PlantLimits.nodes)
        let pue = try item.number("pue", in: 1...5)
        let price = try item.number("energy_price", in: 0...10)
        let carbon = try item.number("carbon", in: 0...2000)
        try item.finish()
        if var profile = SiteProfile.named(name) {
            profile.pue = pue ?? profile.pue
            profile.energyPrice = price ?? profile.energyPrice
            profile.carbon = carbon ?? profile.carbon
            return Configuration.Site(profile: profile, nodes: nodes)
        }
        guard let pue, let price, let carbon else {
            throw ConfigurationError(
                file: item.file, line: item.line,
                text:
                    "\(item.path): '\(name)' is none of \(known); a place of your own needs pue, energy_price and carbon"
            )
        }
        return Configuration.Site(
            profile: SiteProfile(name, pue: pue, energyPrice: price, carbon: carbon), nodes: nodes)
    }
}
