// SPDX-License-Identifier: Apache-2.0

import Factory

extension Tables {
    private static let pool = ListTable(kind: .pool, list: \FactorySnapshot.pools)

    static let pools: [ColumnRow] = [
        pool.words("pool", \.pool, \.description) { Pool(described: $0) },
        pool.column("nodes", \.nodes, .integer),
        pool.column("nodesAreKnown", \.nodesAreKnown, .flag),
        pool.column("floor", \.floor, .integer),
        pool.column("gpus", \.gpus, .integer),
        pool.reading("arrivals", \.arrivals),
        pool.reading("burstiness", \.burstiness),
        pool.reading("capacity", \.capacity),
        pool.reading("inputTokens", \.inputTokens),
        pool.reading("outputTokens", \.outputTokens),
        pool.reading("cachedShare", \.cachedShare),
        pool.reading("waiting", \.waiting),
        pool.reading("running", \.running),
        pool.reading("wait", \.wait),
        pool.reading("oldest", \.oldest),
        pool.reading("queueTrend", \.queueTrend),
        pool.reading("turnedAway", \.turnedAway),
        pool.column("patience", \.patience, CellCode<Seconds>.optional),
        pool.reading("finished", \.finished),
        pool.reading("failed", \.failed),
        pool.reading("aborted", \.aborted),
        pool.reading("decode", \.decode),
        pool.reading("prefill", \.prefill),
        pool.reading("goodput", \.goodput),
        pool.reading("ttft95", \.ttft95),
        pool.reading("itl95", \.itl95),
        pool.reading("ttft50", \.ttft50),
        pool.reading("ttft99", \.ttft99),
        pool.reading("itl50", \.itl50),
        pool.reading("itl99", \.itl99),
        pool.reading("e2e95", \.e2e95),
        pool.reading("queued95", \.queued95),
        pool.reading("e2eMean", \.e2eMean),
        pool.reading("queuedMean", \.queuedMean),
        pool.reading("acceptance", \.acceptance),
        pool.reading("kvUse", \.kvUse),
        pool.reading("preempted", \.preempted),
        pool.column(
            "parts", \.parts,
            CellCode(
                code: { Int64($0.rawValue) }, value: { PartialSums(rawValue: UInt8(clamping: $0)) }, isStepwise: true)
        ),
        pool.reading("attainment", \.attainment),
        pool.reading("burn", \.burn),
        pool.column("hurtSince", \.hurtSince, .moment),
    ]

    static let poolRecords: [RecordRow] = [pool.records("level", \.level), pool.records("profile", \.profile)]

    private static let job = ListTable(kind: .job, list: \FactorySnapshot.jobs)

    static let jobs: [ColumnRow] = [
        job.words("id", \.id, \.name) { JobID($0) },
        job.words("name", \.name),
        job.words("owner", \.owner),
        job.words("phase", \.phase, \.rawValue) { JobState.Phase(rawValue: $0) ?? .incomplete },
        job.words("kind", \.kind, { $0?.rawValue ?? "" }) { JobState.Kind(rawValue: $0) },
        job.reading("progress", \.progress),
        job.reading("ettr", \.ettr),
        job.words("drag", \.drag),
        job.column("isStarved", \.isStarved, .flag),
        job.column("nodes", \.nodes, .integer),
        job.column("minNodes", \.minNodes, .integer),
        job.column("maxNodes", \.maxNodes, .integer),
        job.column("gpusPerNode", \.gpusPerNode, .integer),
        job.reading("trained", \.trained),
        job.reading("mfu", \.mfu),
        job.reading("loss", \.loss),
        job.reading("step", \.step),
        job.reading("flops", \.flops),
        job.column("checkpointAt", \.checkpointAt, .moment),
        job.column("unsaved", \.unsaved, CellCode<GPUHours>.optional),
        job.column("checkpointEvery", \.checkpointEvery, CellCode<Seconds>.optional),
        job.column("restartTime", \.restartTime, CellCode<Seconds>.optional),
        job.column("checkpointTime", \.checkpointTime, CellCode<Seconds>.optional),
        job.column("since", \.since, .moment),
        job.words("reason", \.reason),
        job.words("account", \.account),
        job.reading("remaining", \.remaining),
    ]
}
