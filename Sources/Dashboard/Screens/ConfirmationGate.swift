// SPDX-License-Identifier: Apache-2.0

package import Factory
import Screen

/// What a plan on the screen asks for before it may run, all reasons taken together.
package enum ConfirmationGate: Sendable, Hashable {
    /// `y`.
    case yes
    /// This name, typed; `what` says whose it is, and why it is asked: `job that loses`.
    case name(String, what: String)
    /// A reason, typed; then one of these operators has to approve.
    case reason(waitsFor: [String])
    /// No box at all, and why, in a sentence.
    case closed(String)

    /// The gate of a plan: who looks, what the plant allows, what the rails say, and last what the tier asks.
    package init(_ preview: PlanPreview, _ context: DrawContext) {
        if let why = context.whyNoActing {
            self = .closed(why)
        } else if context.snapshot.mode == .hold {
            self = .closed("HOLD is on, nothing starts: H releases it")
        } else if context.snapshot.mode == .observe {
            self = .closed("OBSERVE: nothing can act on this plant")
        } else if let why = context.snapshot.room?.whyNoHelm(context.you.name) {
            self = .closed("\(why): Esc, then h takes it over")
        } else {
            self.init(preview, context.snapshot, others: context.snapshot.room?.others(than: context.you.name) ?? [])
        }
    }

    private init(_ preview: PlanPreview, _ snapshot: FactorySnapshot, others: [String]) {
        let failed = preview.verdicts.decisive
        switch preview.tier {
        case .refused(let why): self = .closed(why)
        case _ where failed != nil: self = .closed("rail \(failed?.rail ?? 0) fails: \(failed?.text ?? "")")
        case _ where preview.takes.isEmpty: self = .closed("it takes no node")
        case .yes: self = .yes
        case .typeName(let name) where name.isEmpty: self = .closed("what loses has no name to type")
        case .typeName(let name):
            let isJob = snapshot.jobs.contains { $0.name == name }
            let gives = preview.takes.contains { $0.jobName == name }
            self = .name(
                name,
                what: isJob ? gives ? "job that loses" : "job that restarts" : "pool that gives (over 5 % moves)")
        case .reason: self = .reason(waitsFor: others)
        }
    }

    /// Whether text is typed to pass it.
    package var wantsText: Bool {
        switch self {
        case .name, .reason: true
        case .yes, .closed: false
        }
    }

    /// Judges a typed text: the confirmation it makes, or a sentence why it makes none.
    package func judge(_ typed: String) -> Result<Confirmation, Wrong> {
        let text = Self.trimmed(typed)
        switch self {
        case .name(let name, _):
            // A name that is not shown as it is can only be typed as it is shown.
            if !text.isEmpty, text == name || text == SafeText(name).string { return .success(.name(name)) }
            return .failure(Wrong(text.isEmpty ? "type \(name), then Enter" : "that is not it: the name is \(name)"))
        case .reason:
            let letters = text.unicodeScalars.filter { $0 != " " }
            if letters.count >= Self.shortestReason, Set(letters).count >= Self.fewestLetters {
                return .success(.reason(text))
            }
            return .failure(Wrong("say why in a few words: at least \(Self.shortestReason) letters"))
        case .yes, .closed:
            return .failure(Wrong("nothing is typed for this plan"))
        }
    }

    /// Why a text confirms nothing.
    package struct Wrong: Error, Sendable, Hashable {
        package let text: String
        init(_ text: String) { self.text = text }
    }

    /// Letters that a reason has at least, and different ones among them: a key that is held down is no reason.
    static let shortestReason = 10
    static let fewestLetters = 4

    private static func trimmed(_ text: String) -> String {
        let kept = text.drop { $0 == " " }
        return String(kept.reversed().drop { $0 == " " }.reversed())
    }
}
