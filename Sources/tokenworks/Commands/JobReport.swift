// SPDX-License-Identifier: Apache-2.0

import Factory

/// One training job of `tokenworks status --json`. Unknown is null, never 0.
struct JobReport: Encodable {
    let name: String
    let nodes: Int?
    let trained: Double?
    let loss: Double?
    let step: Double?
    let mfu: Double?
    let tflopsPerGPU: Double?
    let age: Double?

    init(_ job: JobState) {
        func number<M: Measure>(_ reading: Reading<M>) -> Double? {
            reading.known.flatMap { $0.value.isFinite ? $0.value : nil }
        }
        name = job.name
        nodes = job.isSized ? job.nodes : nil
        trained = number(job.trained)
        loss = number(job.loss)
        step = number(job.step)
        mfu = number(job.mfu)
        tflopsPerGPU = number(job.flops)
        func age<M: Measure>(_ reading: Reading<M>) -> Double? {
            if case .stale(_, let age) = reading { age.value } else { nil }
        }
        self.age = [age(job.trained), age(job.loss), age(job.step), age(job.mfu), age(job.flops)].compactMap(\.self)
            .max()
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name, nodes, trained, loss, step, mfu, age
        case tflopsPerGPU = "tflops_per_gpu"
    }

    func encode(to encoder: any Encoder) throws {
        var row = encoder.container(keyedBy: CodingKeys.self)
        try row.encode(name, forKey: .name)
        try row.encode(nodes, forKey: .nodes)
        try row.encode(trained, forKey: .trained)
        try row.encode(loss, forKey: .loss)
        try row.encode(step, forKey: .step)
        try row.encode(mfu, forKey: .mfu)
        try row.encode(tflopsPerGPU, forKey: .tflopsPerGPU)
        try row.encode(age, forKey: .age)
    }
}
