// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory

/// What names the machine, or the site, that a target speaks of, where its page does not or does so in its own way.
package enum TargetNaming: Sendable, Hashable {
    /// A label: of the list of targets, else the one value that it has on the whole page.
    case label(String)
    /// A regular expression on the host of the address: its first group, else all that it matches.
    case address(String)

    /// What is wrong with it, in a sentence; nil: it can be used.
    package var mistake: String? {
        guard case .address(let pattern) = self else { return nil }
        do {
            _ = try Regex(pattern)
            return nil
        } catch {
            return "'\(pattern)' is no regular expression: \(error)"
        }
    }

    private static let lengthLimit = 200

    fileprivate static func plain(_ name: some StringProtocol) -> String? {
        name.isEmpty ? nil : String(name.prefix(lengthLimit))
    }

    /// How names are found on the host of an address.
    fileprivate var onAddress: ((String) -> String?)? {
        // ignored because a pattern that is none was refused with the configuration.
        guard case .address(let pattern) = self, let regex = try? Regex(pattern) else { return nil }
        return { host in
            guard let found = host.firstMatch(of: regex) else { return nil }
            let group = found.output.count > 1 ? found.output[1].substring : nil
            return Self.plain(group ?? host[found.range])
        }
    }
}

/// One name of a target's, as far as it is known before the target has answered.
package enum TargetWord: Sendable, Hashable {
    case known(String)
    /// A label whose value the page has.
    case onPage(label: String)
}

extension [ScrapeTarget] {
    /// Gives each target its node and its site, from its labels and its address.
    ///
    /// - Parameter labels: of each target in the list that named it, in the same order; empty for none.
    package mutating func name(node: TargetNaming?, site: TargetNaming?, labels: [[String: String]] = []) {
        let (onNode, onSite) = (node?.onAddress, site?.onAddress)
        for index in indices {
            let own = index < labels.count ? labels[index] : [:]
            func word(_ naming: TargetNaming?, _ onAddress: ((String) -> String?)?) -> TargetWord? {
                switch naming {
                case .label(let label):
                    own[label].flatMap { TargetNaming.plain($0) }.map(TargetWord.known) ?? .onPage(label: label)
                case .address: onAddress?(self[index].host).map(TargetWord.known)
                case nil: nil
                }
            }
            self[index].node = word(node, onNode)
            self[index].site = word(site, onSite)
        }
    }
}

/// What a target's words come to once its page is there.
struct TargetPlace: Sendable, Equatable {
    var node: String?
    var site: String?

    /// - Parameter target: nil: nobody in particular, whose pages name themselves.
    init(_ target: ScrapeTarget?, on page: ExpositionPage) {
        func text(_ word: TargetWord?) -> String? {
            switch word {
            case .known(let text): text
            case .onPage(let label): page.only(label).flatMap { TargetNaming.plain($0) }
            case nil: nil
            }
        }
        node = text(target?.node)
        site = text(target?.site)
    }

    /// The facts of its page, on their machine.
    func placing(_ facts: TargetHistory.Facts) -> TargetHistory.Facts {
        guard node != nil || site != nil else { return facts }
        var facts = facts
        for index in facts.hosts.indices { facts.hosts[index].site = site }
        for index in facts.engines.indices { facts.engines[index].node = node }
        // A page that speaks of several machines is of none alone.
        guard let node, Set(facts.hosts.map(\.name)).count == 1 else { return facts }
        for index in facts.hosts.indices { facts.hosts[index].name = node }
        return facts
    }
}

extension ExpositionPage {
    /// The one value that a label has on the page; nil where it has none, or several.
    fileprivate func only(_ name: String) -> String? {
        let wanted = Array(name.utf8)
        var found: TextRange?
        for label in labels where label.name.count == wanted.count && bytes[label.name.range].elementsEqual(wanted) {
            guard let known = found else {
                found = label.value
                continue
            }
            guard same(known, label.value) else { return nil }
        }
        return found.map(string)
    }
}
