// SPDX-License-Identifier: Apache-2.0

import Simulation

/// The drills that come with the program, as the texts of the files that an operator would write.
enum ShippedDrills {
    /// What a simulation opens with when nothing else is asked for.
    static let standard = "burst"

    static let texts: [(name: String, text: String)] = [
        ("calm", calm), ("burst", burst), ("rack-loss", rackLoss), ("long-thinking-wave", longThinkingWave),
        ("power-cap", powerCap), ("bad-model", badModel),
    ]

    static func text(of name: String) -> String? { texts.first { $0.name == name }?.text }

    private static let calm = """
        about: Nothing but what breaks by itself.
        events: []
        """

    private static let burst = """
        about: Chat more than doubles within five minutes and stays for an hour; what it needs, training has.
        events:
          - at: 33m
            demand: { class: chat, factor: 2.2, over: 5m, for: 1h }
        """

    private static let rackLoss = """
        about: The rack of chat's first nodes goes dark for two hours as demand climbs; a training rack loses packets.
        events:
          - at: 33m
            fail: { rack_of: chat, for: 2h }
          - at: 35m
            demand: { class: chat, factor: 1.6, over: 10m, for: 2h }
          - at: 40m
            network: { rack_of: training, for: 30m }
        """

    private static let longThinkingWave = """
        about: Reasoning answers grow to two and a half times their length, and more people ask for them.
        events:
          - at: 33m
            length: { class: think, factor: 2.5, over: 10m, for: 2h }
          - at: 40m
            demand: { class: think, factor: 1.4, over: 10m, for: 90m }
        """

    private static let powerCap = """
        about: The grid allows half of the nameplate power for an hour, while chat is busy; prefill slows, training more.
        events:
          - at: 33m
            power_cap: { share: 0.5, for: 1h }
          - at: 35m
            demand: { class: chat, factor: 1.7, over: 5m, for: 50m }
        """

    private static let badModel = """
        about: A bad model goes to chat's canary in a busy hour, and drains hang; the good one follows.
        events:
          - at: 31m
            demand: { class: chat, factor: 1.7, over: 2m, for: 40m }
          - at: 33m
            rollout: { bad: true }
          - at: 34m
            stuck_drain: { for: 20m }
          - at: 1h
            rollout: { bad: false }
        """
}
