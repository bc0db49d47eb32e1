// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Screen

struct InMemoryTerminalTests {
    @Test("it shows the last frame at its own size and remembers all")
    func shows() {
        var terminal = InMemoryTerminal(width: 5, height: 2)
        #expect(terminal.lines == ["", ""])
        var frame = Frame(width: 8, height: 1)
        frame.put("one", x: 0, y: 0, role: .text)
        terminal.show(frame)
        frame.put("日本語ab", x: 0, y: 0, role: .text)
        terminal.show(frame)
        #expect(terminal.frames.count == 2)
        #expect(terminal.text == "日本\n\n")
        terminal.size = (8, 1)
        #expect(terminal.text == "日本語ab\n")
    }

    @Test("every role has a letter of its own")
    func letters() { #expect(Set(Role.allCases.map(\.letter)).count == Role.allCases.count) }
}
