// SPDX-License-Identifier: Apache-2.0

import Dashboard
import Factory
import Screen
import Testing

/// Sizes that every golden frame is made at.
let goldenSizes = [(80, 24), (120, 36), (200, 50), (20, 5)]

@Suite("The plan's picture")
struct PlanFrameTests {
    static let plans: [(String, PlanPreview)] = [
        ("free", SamplePlans.free()), ("loss", SamplePlans.loss()), ("reason", SamplePlans.third()),
        ("refused", SamplePlans.refused()), ("reverse", SamplePlans.reverse()),
    ]

    @Test("each tier looks as it did", arguments: plans.map(\.0))
    func tiers(name: String) throws {
        let plan = try #require(Self.plans.first { $0.0 == name }?.1)
        for (width, height) in goldenSizes {
            var rig = ScreenRig(width: width, height: height)
            rig.open(plan)
            Golden.expect(rig.frame(width, height), "plan-\(name)-\(width)x\(height)")
        }
    }
}
