// SPDX-License-Identifier: Apache-2.0

package import Factory
import Screen

/// The steps of some units, with the points of no return between them:
/// `checkpoint 0:20 >|LOSS|> release 1:10 >|OWNER|> load 0:45 > warm > canary > serve`.
package struct PlanSteps: Sendable {
    let steps: [PlannedStep]
    /// Whose they are; empty: the plan has no others.
    let name: String

    package init(_ steps: [PlannedStep], name: String) {
        self.steps = steps
        self.name = name
    }

    /// Breaks between steps.
    package func lines(head: String, width: Int) -> [TextLine] {
        let indent = SafeText(head).width
        var lines: [TextLine] = []
        var line = TextLine(head, .title)
        if !name.isEmpty { line.add("\(name): ", .dim) }
        var isFirst = true
        for step in steps {
            let part = text(of: step, isFirst: isFirst)
            if !isFirst, line.width + part.width > width {
                lines.append(line)
                line = TextLine()
                line.tab(to: indent)
            }
            line.add(part)
            isFirst = false
        }
        return lines + [line]
    }

    private func text(of step: PlannedStep, isFirst: Bool) -> TextLine {
        var part = TextLine()
        switch step.step.mark {
        case .loss: part.add(isFirst ? "|LOSS|> " : " >|LOSS|> ", .alarm)
        case .owner: part.add(isFirst ? "|OWNER|> " : " >|OWNER|> ", .warning)
        case nil: part.add(isFirst ? "" : " > ", .dim)
        }
        part.add(step.step.rawValue)
        if let typical = step.typical, typical.value >= 0.5 { part.add(" \(Words.span(typical))", .dim) }
        return part
    }
}
