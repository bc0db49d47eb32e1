// SPDX-License-Identifier: Apache-2.0

import Factory
import Screen

/// Lifecycle, money and sites of a sample.
enum SampleEconomy {
    /// The sample with everything that the pages show.
    static func whole(_ sample: SampleFactory = SampleFactory()) -> FactorySnapshot {
        var snapshot = sample.snapshot()
        snapshot.lifecycle = lifecycle
        snapshot.economy = economy(of: snapshot, power: 464_000)
        for index in snapshot.jobs.indices { fill(&snapshot.jobs[index], index) }
        snapshot.jobs += waiting
        return snapshot
    }

    /// Three sites, of which Norway is looked at; Japan misses a level and India has said nothing of money.
    static func sites() -> FactorySnapshot {
        var snapshot = whole()
        snapshot.site = SiteID("norway")
        snapshot.sites = ["india", "japan", "norway"].enumerated().map { index, name in
            var site = SiteState(SiteID(name), at: SampleFactory.now)
            site.ledger = snapshot.ledger
            site.decode = .fresh(TokensPerSecond(210_000 + 40_000 * Double(index)))
            site.trained = .fresh(TokensPerSecond(107_000))
            site.worstClass = ServingClass(name == "japan" ? "think" : "chat")
            site.isHurt = name == "japan"
            site.attainment = .fresh(Share(name == "japan" ? 0.787 : 0.9991))
            site.wait = .fresh(Seconds(name == "japan" ? 15 : 0))
            site.moves = name == "norway" ? 2 : 0
            if name != "india" { site.economy = economy(of: snapshot, power: 400_000 + 60_000 * Double(index)) }
            return site
        }
        return snapshot
    }

    private static var lifecycle: Lifecycle {
        var lifecycle = Lifecycle()
        lifecycle.stages = LifecycleStage.Kind.allCases.map { kind in
            var stage = LifecycleStage(kind)
            let rows: [LifecycleStage.Kind: (Double?, Double?, Int?)] = [
                .ingestion: (1_120_000, nil, nil), .curation: (402_000, 437_000, 2),
                .pretraining: (360_000, 398_000, 20), .postTraining: (66_000, 70_000, 14), .evaluation: (nil, nil, 1),
                .inference: (252_000, 310_000, 30), .feedback: (7600, nil, nil),
            ]
            let (rate, most, nodes) = rows[kind] ?? (nil, nil, nil)
            stage.rate = Reading(rate.map { TokensPerSecond($0) })
            stage.capacity = Reading(most.map { TokensPerSecond($0) })
            stage.nodes = nodes
            return stage
        }
        lifecycle.stages[0].stock = TokenStock(tokens: 2.4e10, capacity: 9.7e10)
        lifecycle.stages[1].stock = TokenStock(tokens: 4.1e9, capacity: 8.6e9)
        lifecycle.stages[2].isBottleneck = true
        lifecycle.stages[2].note = "starved of curated data"
        lifecycle.stages[5].note = "canary on 5 %, 4:10 left"
        lifecycle.stages[7].stock = TokenStock(tokens: 6.1e7, capacity: 8.2e7)
        lifecycle.postTrainingRatio = .fresh(Count(30.02))
        lifecycle.staleness = .fresh(Seconds(3.4 * 86_400))
        lifecycle.acceptance = .fresh(Share(0.15))
        lifecycle.quality = .fresh(Share(0.631))
        lifecycle.lastGain = .fresh(Share(0.011))
        (lifecycle.deployed, lifecycle.turnedBack) = (1, 0)
        return lifecycle
    }

    private static func economy(of snapshot: FactorySnapshot, power: Double) -> Economy {
        var economy = Economy()
        economy.itPower = .fresh(Watts(power))
        economy.pue = .fresh(Count(1.25))
        economy.cap = .fresh(Watts(450_000))
        economy.isCapped = power > 450_000
        economy.energyPrice = .fresh(Dollars(0.08))
        economy.carbon = .fresh(Count(370))
        economy.energyCost = .fresh(Dollars(power * 1.25 / 1000 * 0.08))
        economy.cost = .fresh(Dollars(865.3))
        economy.revenue = .fresh(Dollars(1204))
        economy.margin = .fresh(Dollars(338.7))
        economy.perMegawatt = .fresh(TokensPerSecond(434_000))
        economy.yield = .fresh(TokensPerJoule(1.31))
        economy.costPerMtok = .fresh(Dollars(0.97))
        economy.classes = snapshot.classes.enumerated().map { index, pool in
            var row = ClassEconomy(pool.pool.servingClass ?? ServingClass("-"))
            row.pricePerMtok = .fresh(Dollars(0.9 + Double(index)))
            row.costPerMtok = .fresh(Dollars(0.61 + 0.5 * Double(index)))
            row.revenue = .fresh(Dollars(410 + 300 * Double(index)))
            row.margin = .fresh(Dollars(index == 0 ? -23.5 : 214))
            row.yield = .fresh(TokensPerJoule(1.1 + Double(index)))
            return row
        }
        return economy
    }

    private static func fill(_ job: inout JobState, _ index: Int) {
        job.kind = [.reinforcement, .pretraining, .fineTuning, .pretraining][index % 4]
        job.progress = .fresh(Share(0.2 + 0.2 * Double(index)))
        job.ettr = .fresh(Share(0.97 - 0.01 * Double(index)))
        job.trained = .fresh(TokensPerSecond(80_000 + 20_000 * Double(index)))
        if index == 1 { job.drag = "starved of curated data" }
        if index == 3 { (job.phase, job.nodes) = (.incomplete, job.nodes - 1) }
    }

    private static var waiting: [JobState] {
        [("71301", "eval-n4", "eval"), ("71322", "sft-v2", "code")].enumerated().map { index, row in
            var job = JobState(
                id: JobID(row.0), name: row.1, owner: row.2, phase: .pending, nodes: 0, minNodes: 4 + 4 * index,
                maxNodes: 4 + 8 * index, gpusPerNode: 8,
                since: SampleFactory.now + Seconds(-18_720 + 9000 * Double(index)))
            job.kind = index == 0 ? .evaluation : .fineTuning
            job.reason = index == 0 ? "Resources" : "Priority"
            return job
        }
    }
}
