// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Factory

@Suite("GPUs that somebody has and that nobody uses")
struct FoldIdleTests {
    private func machine(_ gpus: [GPUFacts], at epoch: Double) -> Observation {
        var facts = host("h1", "10.0.0.1", "dcgm", at: epoch)
        facts.gpus = gpus
        return exporters([facts], at: epoch)
    }

    private func gpu(_ number: Int, used: Double = 0, holder: String? = "job-71", owner: String? = "nlp1") -> GPUFacts {
        var gpu = GPUFacts(uuid: "GPU-\(number)")
        (gpu.index, gpu.utilisation, gpu.tensorActive) = (number, used, used)
        (gpu.holder, gpu.owner) = (holder, owner)
        return gpu
    }

    @Test("after five minutes the node is idle-held, with the job and whose it is; work ends it, and time begins anew")
    func held() {
        var fold = Fold(plant: "p")
        func look(_ gpus: [GPUFacts], _ at: Double) -> NodeCondition? {
            fold.fold([machine(gpus, at: at)]).nodes.conditions[0]
        }
        let idle = [gpu(0), gpu(1), gpu(2, used: 0.9)]
        #expect(look(idle, 1000) == nil && look(idle, 1200) == nil && look(idle, 1299) == nil)
        let found = look(idle, 1300)
        #expect(found?.kind == .idleHeld && found?.text == "2 GPUs idle, held by job-71 (nlp1)")
        #expect(found?.since == PlantTime(epoch: 1000))
        #expect(look([gpu(0, used: 0.5), gpu(1, used: 0.5), gpu(2)], 1305) == nil)
        #expect(look([gpu(0), gpu(1), gpu(2)], 1600) == nil)
        #expect(look([gpu(0), gpu(1), gpu(2)], 1605)?.text == "1 GPU idle, held by job-71 (nlp1)")
        #expect(
            look([gpu(0, holder: "a", owner: nil), gpu(1, holder: "b", owner: "")], 1900)?.text
                == "2 GPUs idle, held by a and 1 more")
    }

    @Test("nobody's GPU, one of which nothing is known, and one behind an engine that answers are not held and idle")
    func others() {
        var silent = gpu(1)
        (silent.utilisation, silent.tensorActive) = (nil, nil)
        #expect(!silent.isIdle)
        // No tensor core works, and nobody says whether a kernel runs: other work needs none.
        silent.tensorActive = 0
        #expect(!silent.isIdle)
        for gpus in [[gpu(0, holder: nil)], [silent]] {
            var fold = Fold(plant: "p")
            _ = fold.fold([machine(gpus, at: 1000)])
            #expect(fold.fold([machine(gpus, at: 1400)]).nodes.conditions.isEmpty)
        }
        var fold = Fold(plant: "p")
        for at in [1000.0, 1400] {
            var observation = machine([gpu(0)], at: at)
            observation.engines = [engine("m", "10.0.0.1", at: at)]
            #expect(fold.fold([observation]).nodes.conditions.isEmpty)
        }
    }
}
