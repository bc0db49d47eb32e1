// SPDX-License-Identifier: Apache-2.0

import Factory
import Synchronization
import Testing

@testable import Backends

@Suite("Alerts that a server's rules have found") struct AlertTests {
    private func alert(
        _ name: String, _ severity: String, since: Double?, silence: FiringAlert.Silence? = nil
    )
        -> FiringAlert
    {
        FiringAlert(
            labels: ["alertname": name, "severity": severity, "instance": "gpu7:9400"],
            since: since.map { PlantTime(epoch: $0) }, silence: silence)
    }

    private let anna = FiringAlert.Silence(by: "anna", until: PlantTime(epoch: 18_000), comment: "new fans")

    @Test("each is told once when it begins, when it is silenced, and when it ends")
    func once() {
        var book = AlertBook()
        func take(_ firing: [FiringAlert], _ at: Double) -> [String] {
            book.take(firing, at: PlantTime(epoch: at)).map { "\($0.kind.rawValue) \($0.text)" }
        }
        let hot = alert("Hot", "critical", since: 3600)
        #expect(take([hot], 7200) == ["PAGE Hot gpu7:9400"])
        #expect(take([hot], 7205).isEmpty)
        var quiet = hot
        quiet.silence = anna
        #expect(
            take([quiet], 7210) == [
                "ALERT Hot critical gpu7:9400 since 01:00:00Z, silenced by anna until 05:00:00Z: new fans"
            ])
        #expect(take([quiet], 7215).isEmpty)
        #expect(take([hot], 7220) == ["PAGE Hot gpu7:9400 since 01:00:00Z, no longer silenced"])
        // A server that starts again may miss it once.
        #expect(take([], 7225).isEmpty && take([hot], 7230).isEmpty && take([], 7235).isEmpty)
        #expect(take([], 7240) == ["ALERT Hot critical gpu7:9400 ended after 60 min"])
        #expect(take([], 7245).isEmpty)
    }

    @Test("colour is for what is critical; what always fires is not told; what is new is news now")
    func quiet() {
        var book = AlertBook()
        let first = book.take(
            [alert("Watchdog", "none", since: 1), alert("Slow", "warning", since: 100)], at: PlantTime(epoch: 500))
        #expect(first.map(\.kind) == [.alert] && first.map(\.at) == [PlantTime(epoch: 100)])
        let later = book.take(
            [alert("Slow", "warning", since: 100), alert("Down", "page", since: 200)], at: PlantTime(epoch: 505))
        #expect(later.map(\.text) == ["Down gpu7:9400 since 00:03:20Z"])
        #expect(later.map(\.kind) == [.page] && later.map(\.at) == [PlantTime(epoch: 505)])
    }

    @Test("a flood is told by its beginning and its number")
    func flood() {
        var book = AlertBook()
        let many = (0..<300).map { number in
            FiringAlert(labels: ["alertname": "A\(number)", "severity": number == 250 ? "critical" : "info"])
        }
        let news = book.take(many, at: PlantTime(epoch: 500))
        #expect(news.count == 41 && news.contains { $0.kind == .page } && news.last?.text == "260 more alerts fire")
        #expect(book.take(many, at: PlantTime(epoch: 505)).isEmpty)
    }

    @Test("an observer tells them as events, and names who silenced them")
    func events() async throws {
        let isBroken = Mutex(false)
        let manager = try await RawServer { path, _ in
            if isBroken.withLock({ $0 }) { return .page("", status: "503 Busy") }
            return path == "/api/v2/alerts"
                ? .page(#"[{"labels":{"alertname":"Hot","cluster":"a"},"status":{"silencedBy":["1"]}}]"#)
                : .page(#"[{"id":"1","createdBy":"anna","comment":"fans","endsAt":"1970-01-01T05:00:00Z"}]"#)
        }
        let stage = try await PrometheusStage { $0.alertmanager = try PrometheusServer(manager.url("")) }
        stage.tiny.add("v", "e:8000", at: 1000, Array("vllm:num_requests_running{model_name=\"m\"} 3\n".utf8))
        stage.tiny.state.withLock {
            $0.alerts =
                #"[{"metric":{"__name__":"ALERTS","alertstate":"firing","alertname":"Hot"},"value":[1001,"1"]}]"#
        }
        #expect(
            await stage.poll().events.map(\.text) == ["Hot, silenced by anna until 05:00:00Z: fans"])
        #expect(await stage.poll().events.isEmpty)
        isBroken.withLock { $0 = true }
        // Nobody knows now who has silenced what: that is a problem, and no news of what was told already.
        let silent = await stage.poll()
        #expect(silent.events.isEmpty && silent.source.problem?.contains("its alertmanager") == true)
        // What begins to fire meanwhile is told all the same.
        stage.tiny.state.withLock {
            $0.alerts =
                #"[{"metric":{"__name__":"ALERTS","alertstate":"firing","alertname":"Hot"},"value":[1001,"1"]},{"metric":{"__name__":"ALERTS","alertstate":"firing","alertname":"Wet"},"value":[1001,"1"]}]"#
        }
        #expect(await stage.poll().events.map(\.text) == ["Wet, silenced or not is not known"])
        try await manager.close()
        try await stage.server.close()
    }
}
