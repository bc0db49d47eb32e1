// SPDX-License-Identifier: Apache-2.0

package import Factory

/// The guard rails of FACTORY.md section 6: each a pure function, and one line in `list`.
package enum GuardRails {
    /// What one rail says: the verdict and a sentence with the numbers that decided.
    package struct Opinion: Sendable, Hashable {
        package var verdict: RailVerdict.Verdict
        package var text: String

        package init(_ verdict: RailVerdict.Verdict, _ text: String) {
            self.verdict = verdict
            self.text = text
        }

        static func ok(_ text: String) -> Opinion { Opinion(.ok, text) }
        static func warn(_ text: String) -> Opinion { Opinion(.warn, text) }
        static func fail(_ text: String) -> Opinion { Opinion(.fail, text) }
        static func unjudged(_ text: String) -> Opinion { Opinion(.unjudged, text) }

        /// The worst of several; `otherwise` when there is none.
        static func worst(_ opinions: [Opinion], otherwise: Opinion) -> Opinion {
            // The first of the worst: `max` would give the last.
            opinions.reduce(nil as Opinion?) { worst, next in
                guard let worst, worst.verdict >= next.verdict else { return next }
                return worst
            } ?? otherwise
        }
    }

    /// One rail of the list.
    package struct Rail: Sendable {
        package var number: Int
        package var name: String
        package var judge: @Sendable (Proposal, FactorySnapshot, RailSettings) -> Opinion
    }

    package static let list: [Rail] = [
        Rail(number: 1, name: "floors", judge: floors),
        Rail(number: 2, name: "spare unit", judge: spareUnit),
        Rail(number: 3, name: "in transit", judge: transit),
        Rail(number: 4, name: "units/10 min", judge: tenMinutes),
        Rail(number: 4, name: "units/hour", judge: hour),
        Rail(number: 5, name: "cooldown", judge: cooldown),
        Rail(number: 5, name: "reversal", judge: reversal),
        Rail(number: 6, name: "verified", judge: verified),
        Rail(number: 7, name: "donor's health", judge: donorHealth),
        Rail(number: 7, name: "donor's data", judge: donorData),
        Rail(number: 8, name: "donor at p95", judge: donorDemand),
        Rail(number: 9, name: "gangs", judge: gangs),
        Rail(number: 10, name: "checkpoint", judge: checkpoint),
        Rail(number: 11, name: "whole units", judge: wholeUnits),
        Rail(number: 12, name: "power", judge: power),
        Rail(number: 13, name: "drain", judge: drain),
        Rail(number: 14, name: "canary", judge: canary),
        Rail(number: RailVerdict.data, name: "data", judge: plantData),
        Rail(number: 16, name: "revision", judge: revision),
        Rail(number: 17, name: "poll budget", judge: pollBudget),
        Rail(number: 18, name: "advisory first", judge: advisory),
        Rail(number: 19, name: "dry run", judge: dryRun),
        Rail(number: 20, name: "audit", judge: audit),
    ]

    /// The verdicts of all rails, in their order.
    package static func judge(
        _ proposal: Proposal, on snapshot: FactorySnapshot, _ settings: RailSettings
    )
        -> [RailVerdict]
    {
        list.map { rail in
            let opinion = rail.judge(proposal, snapshot, settings)
            return RailVerdict(rail: rail.number, name: rail.name, verdict: opinion.verdict, text: opinion.text)
        }
    }
}
