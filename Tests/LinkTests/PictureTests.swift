// SPDX-License-Identifier: Apache-2.0

import Control
import Dashboard
import Factory
import Screen
import Testing
import Wire

@testable import Link

@Suite struct PictureTests {
    private static let you = Operator(name: "eve", mayAct: true)

    private func dashboard(_ snapshot: FactorySnapshot, keys: [Key]) -> DashboardState {
        var state = DashboardState(options: DashboardOptions(plant: "sim", kind: snapshot.kind, you: Self.you))
        _ = state.update(.input(.resized(width: 160, height: 48), at: 1))
        _ = state.update(.snapshotArrived(snapshot))
        for (index, key) in keys.enumerated() { _ = state.update(.input(.key(key), at: 2 + Double(index))) }
        return state
    }

    @Test(
        "what an attached dashboard paints is what one on the plant itself does, but for the last digit of a number",
        arguments: [[], ["s", "s"], ["j", "\n"], ["J"], ["L"], ["E"], ["M"], ["x"]] as [[String]])
    func same(letters: [String]) async throws {
        let keys = letters.map { $0 == "\n" ? Key.enter : Key.character(Unicode.Scalar($0) ?? " ") }
        let rig = try Rig()
        defer { rig.clean() }
        await rig.run(seconds: 60)
        guard case .preview(let preview) = await rig.plant.plan(Draft(nodes: 2), by: Self.you) else {
            Issue.record("no plan")
            return
        }
        let confirmation: Factory.Confirmation =
            if case .typeName(let name) = preview.tier { .name(name) } else { .yes }
        _ = await rig.plant.perform(.submit(preview.decision, at: preview.revision, confirmation), by: Self.you)
        await rig.run(seconds: 2)
        let serving = try rig.serve()
        let remote = try rig.remote()
        _ = try await remote.connect()
        let running = Task { await remote.run() }
        // The room is in the picture: it is the same for both once the client is in it.
        #expect(await eventually("in the room") { await rig.plant.newest?.room?.people.isEmpty == false })
        await rig.plant.look(at: dashboard(try #require(await rig.plant.newest), keys: keys).view)
        let own = try #require(await rig.plant.newest)
        let local = dashboard(own, keys: keys)
        let wanted = local.render(width: 160, height: 48).text
        await remote.look(at: local.view)
        var shown = ""
        let isSame = await eventually("the same picture") {
            for await snapshot in await remote.snapshots() {
                shown = dashboard(snapshot, keys: keys).render(width: 160, height: 48).text
                break
            }
            return Self.differences(wanted, shown).isEmpty
        }
        if !isSame {
            Issue.record("\(Self.differences(wanted, shown).joined(separator: "\n"))")
        }
        running.cancel()
        await running.value
        serving.cancel()
        try await serving.value
    }

    private static func differences(_ wanted: String, _ shown: String) -> [String] {
        let (left, right) = (wanted.split(separator: "\n"), shown.split(separator: "\n"))
        guard left.count == right.count else { return ["\(left.count) lines here, \(right.count) there"] }
        return zip(left, right).filter { !isAlike($0, $1) }.map { "here:   \($0)\nremote: \($1)" }
    }

    /// The same words in the same places; numbers may differ by one in their last digit.
    private static func isAlike(_ left: Substring, _ right: Substring) -> Bool {
        if left == right { return true }
        let (words, others) = (numbers(left), numbers(right))
        guard words.rest == others.rest, words.numbers.count == others.numbers.count else { return false }
        return zip(words.numbers, others.numbers).allSatisfy { one, two in
            guard let a = Double(one), let b = Double(two) else { return one == two }
            let decimals = one.split(separator: ".").count > 1 ? one.split(separator: ".")[1].count : 0
            var unit = 1.0
            for _ in 0..<decimals { unit /= 10 }
            return abs(a - b) <= unit * 1.01
        }
    }

    private static func numbers(_ line: Substring) -> (rest: String, numbers: [String]) {
        var (rest, numbers) = ("", [String]())
        var isIn = false
        for letter in line {
            if letter.isASCII, letter.isNumber || (letter == "." && isIn) {
                if !isIn { numbers.append("") }
                numbers[numbers.count - 1].append(letter)
                isIn = true
            } else {
                // Where a number has a digit more, a blank is less.
                if letter != " " { rest.append(letter) }
                isIn = false
            }
        }
        return (rest, numbers)
    }
}

extension Frame {
    fileprivate var text: String { Screen.lines(of: self).joined(separator: "\n") }
}
