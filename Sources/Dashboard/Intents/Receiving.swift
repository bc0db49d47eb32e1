// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// From what the terminal says to what was meant.
extension DashboardState {
    mutating func receive(_ input: TerminalInput, inBurst: Bool) -> [Effect] {
        switch input {
        case .key(let key): return receive(key, inBurst: inBurst)
        case .paste(let text):
            pasted(text)
            return []
        case .resized(let width, let height):
            size = (width, height)
            main.take(in: context)
            return []
        case .focus: return []
        }
    }

    private mutating func receive(_ key: Key, inBurst: Bool) -> [Effect] {
        let origin = repeats.judge(key, at: now, inBurst: inBurst)
        let place = KeyPlace(screen: screen, isAsked: question != nil, isField: takesText)
        if origin != .heldDown { pressedAt = place }
        // A key held down goes on where it was pressed; it never runs on into what it opened.
        if origin == .heldDown, pressedAt != place { return [] }
        notice = nil
        let tooFast = origin.whyNot
        // Before questions and fields: the key that has always meant out must not be a letter of anything.
        if Keymap.binding(key, on: screen)?.intent == .leave {
            question = nil
            return leave()
        }
        if let question { return answer(question, with: key, tooFast: tooFast) }
        if let top = overlays.indices.last, overlays[top].takesText {
            return perform(overlays[top].type(key, context), by: top)
        }
        if overlays.isEmpty, main.isFiltering {
            main.type(key, context)
            return []
        }
        guard let binding = Keymap.binding(key, on: screen) else { return [] }
        if let reason = binding.whyDisabled(context) {
            say(Notice("\(binding.label): \(reason)"))
            return []
        }
        if binding.dangerous, let tooFast {
            say(Notice("\(key.label): \(tooFast)"))
            return []
        }
        return mean(binding.intent)
    }

    /// Whether keys are letters of a field now.
    private var takesText: Bool { overlays.last?.takesText ?? main.isFiltering }

    /// Pasted text reaches a filter at most, never a key.
    private mutating func pasted(_ text: String) {
        if question == nil, overlays.isEmpty, main.isFiltering {
            main.paste(text, context)
        } else {
            say(Notice("pasted text is ignored here: keys are pressed"))
        }
    }

    private mutating func answer(_ question: Question, with key: Key, tooFast: String?) -> [Effect] {
        if key == .character("y"), let tooFast {
            say(Notice("y: \(tooFast)"))
            return []
        }
        self.question = nil
        guard key == .character("y") else {
            say(Notice("left as it is: nothing was sent"))
            return []
        }
        return [question.effect]
    }

    /// The screen on top may give an intent a meaning of its own; else the dashboard's holds.
    private mutating func mean(_ intent: Intent) -> [Effect] {
        if let top = overlays.indices.last, let actions = overlays[top].receive(intent, context) {
            return perform(actions, by: top)
        }
        if overlays.isEmpty, let actions = main.receive(intent, context) {
            return perform(actions, by: nil)
        }
        return meanEverywhere(intent)
    }

    /// Carries out what a screen asked for. `index` is its place in the stack; nil: the main screen.
    mutating func perform(_ actions: [ScreenAction], by index: Int?) -> [Effect] {
        var effects: [Effect] = []
        for action in actions {
            switch action {
            case .effect(let effect): effects.append(effect)
            case .open(let opening): effects += open(opening)
            case .close: if let index, overlays.indices.contains(index) { overlays.remove(at: index) }
            case .notice(let notice): say(notice)
            case .abort(let decision): effects += abort(decision)
            }
        }
        return effects
    }

    mutating func open(_ opening: ScreenOpening) -> [Effect] {
        guard let screen = opening.screen(context) else { return [] }
        // One screen of a kind: opening it again starts it anew, on top.
        overlays.removeAll {
            $0.kind == screen.kind || ScreenKind.pages.isSuperset(of: [$0.kind, screen.kind])
        }
        overlays.append(screen)
        let top = overlays.count - 1
        return perform(overlays[top].opened(context), by: top)
    }
}

/// What keys reach: a key held down stays with what it was pressed for.
struct KeyPlace: Sendable, Equatable {
    let screen: ScreenKind
    let isAsked: Bool
    let isField: Bool
}
