// SPDX-License-Identifier: Apache-2.0

package import Factory

/// Something that a person should hear of who does not look at the screen: what the notification hook is given.
package struct Notice: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case moveFailed = "move-failed"
        case secondOperatorWanted = "second-operator-wanted"
    }

    package var kind: Kind
    package var plant: String
    package var decision: DecisionID?
    /// Who confirmed the move, or asks for a second operator.
    package var who: String
    /// One sentence.
    package var text: String
    package var at: PlantTime

    package init(_ kind: Kind, plant: String, decision: DecisionID?, who: String, text: String, at: PlantTime) {
        self.kind = kind
        self.plant = plant
        self.decision = decision
        self.who = who
        self.text = text
        self.at = at
    }

    /// Scalars of a text that are passed on.
    private static let longest = 2000

    /// One line of JSON, `decision` null where there is none. Whatever the texts hold, nothing in it steers a terminal.
    package var json: [UInt8] {
        let members: [(key: String, value: [UInt8])] = [
            ("at", CanonicalJSON.string(at.iso8601)),
            ("decision", decision.map { CanonicalJSON.string("\($0)") } ?? Array("null".utf8)),
            ("kind", CanonicalJSON.string(kind.rawValue)), ("plant", CanonicalJSON.string(plant)),
            ("text", CanonicalJSON.string(Self.cut(text))), ("who", CanonicalJSON.string(Self.cut(who))),
        ]
        return CanonicalJSON.object(members) + [UInt8(ascii: "\n")]
    }

    private static func cut(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(longest)))
    }
}
