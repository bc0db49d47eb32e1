// SPDX-License-Identifier: Apache-2.0

import Exposition
import Factory
import Testing

@testable import Backends

/// Pages of products that were not recorded: names, labels and units are their documents' (Tests/Fixtures/documented-*).
@Suite("Engines and accelerators of every kind")
struct CatalogueTests {
    private func pages(_ product: String, _ names: String...) throws -> [[UInt8]] {
        try names.map { try fixture("\(product)/\($0).txt") }
    }

    private func engine(_ product: String, _ names: String..., every seconds: Double = 5) throws -> EngineFacts {
        try #require(try facts(names.map { try fixture("\(product)/\($0).txt") }, every: seconds).engines.first)
    }

    private func folded(_ hosts: [HostFacts] = [], _ engines: [EngineFacts] = []) -> FactorySnapshot {
        let at = PlantTime(epoch: 1105)
        var observation = Observation(
            source: SourceStatus(name: "scrape", answeredAt: at, targets: 1, targetsUp: 1), at: at,
            interval: Seconds(5),
            kind: .live)
        (observation.hosts, observation.engines) = (hosts, engines)
        var fold = Fold(plant: "t")
        return fold.fold([observation])
    }

    @Test("SGLang: ranks say the same once, the whole counts before its priorities, tokens come as they are made")
    func sglang() throws {
        let found = try facts(try pages("documented-sglang", "t0", "t1")).engines
        #expect(found.count == 1)
        let engine = try #require(found.first)
        #expect(engine.product == "sglang" && engine.model == "qwen3-32b")
        #expect(engine.running == 12 && engine.waiting == 3 && engine.kvUse == 0.28)
        #expect(engine.decode == 1000 && engine.prefill == 1600 && engine.preempted == 1)
        // 10 more up to 0.1 s, 19 up to 0.5 s, 20 in all: the 19th is the last of the second bucket.
        #expect(engine.ttft?.quantile(0.95) == 0.5)
        #expect(engine.ttft?.counts == [10, 9, 1])
    }

    @Test("SGLang of before: tokens move when a request ends, and silence while requests run is not zero")
    func sglangAtEnd() throws {
        func page(_ tokens: Int, running: Int) -> [UInt8] {
            Array(
                """
                sglang:num_running_reqs{model_name="m"} \(running)
                sglang:generation_tokens_total{model_name="m"} \(tokens)
                sglang:gen_throughput{model_name="m"} 86.5

                """.utf8)
        }
        #expect(try facts([page(100, running: 3), page(100, running: 3)], every: 40).engines[0].decode == nil)
        #expect(try facts([page(100, running: 0), page(100, running: 0)], every: 40).engines[0].decode == 0)
        // One request that ends between two polls is no rate: nothing is known before half a minute.
        #expect(try facts([page(100, running: 3), page(400, running: 3)]).engines[0].decode == nil)
        // Over minutes, not over the last poll: 300 tokens came in 120 s, all in the second poll.
        let steps = [100, 400, 400, 400].map { page($0, running: 3) }
        #expect(try facts(steps, every: 40).engines[0].decode == 2.5)
    }

    @Test("TensorRT-LLM: a path and its last part are one model; the hit rate takes the cached prompts off")
    func tensorRT() throws {
        let found = try facts(try pages("documented-trtllm", "t0", "t1")).engines
        #expect(found.count == 1)
        let engine = try #require(found.first)
        #expect(engine.model == "llama-70b" && engine.running == 5 && engine.waiting == 2 && engine.kvUse == 0.4)
        #expect(engine.decode == 400 && engine.prompt == 800 && engine.cached == 400 && engine.prefill == 400)
    }

    @Test("TGI and llama.cpp: sums of ended requests, no model named")
    func atEnd() throws {
        let tgi = try engine("documented-tgi", "t0", "t1", every: 40)
        #expect(tgi.model.isEmpty && tgi.product == "tgi" && tgi.running == 4 && tgi.waiting == 9)
        #expect(tgi.decode == 150 && tgi.prompt == 500 && tgi.ttft == nil)
        #expect(tgi.itl?.counts == [10, 10, 0])
        let llama = try engine("documented-llamacpp", "t0", "t1", every: 40)
        #expect(llama.product == "llama.cpp" && llama.running == 1 && llama.waiting == 2)
        #expect(llama.decode == 6.25 && llama.prefill == 25)
        #expect(folded([], [tgi, llama]).classes.map(\.pool.shortName) == ["llama.cpp", "tgi"])
    }

    @Test("Dynamo's frontend holds what runs and what waits; a model that nobody serves is none")
    func dynamo() throws {
        let before = try fixture("dynamo-1.6.1/frontend-t0.txt")
        let after = try fixture("dynamo-1.6.1/frontend-t1.txt")
        let found = try facts([before, after], every: 40).engines
        #expect(found.map(\.model) == ["tiny-llama"])
        let engine = try #require(found.first)
        let own = "{model=\"tiny-llama\"}"
        func rate(_ name: String) -> Double { (total(after, name + own) - total(before, name + own)) / 40 }
        let waiting = total(after, "dynamo_frontend_queued_requests" + own)
        #expect(engine.isFrontend && engine.waiting == waiting)
        #expect(engine.running == total(after, "dynamo_frontend_inflight_requests" + own) - waiting)
        #expect(engine.decode == rate("dynamo_frontend_output_tokens_total"))
        #expect(engine.prompt == rate("dynamo_frontend_input_sequence_tokens_sum"))
        #expect(engine.cached == rate("dynamo_frontend_cached_tokens_sum"))
        #expect(engine.ttft != nil && engine.itl != nil)
    }

    @Test("a frontend and its workers are not counted twice: engines count, the frontend says what users wait")
    func frontendAndWorkers() throws {
        let front = try engine("dynamo-1.6.1", "frontend-t0", "frontend-t1")
        let worker = try engine("dynamo-1.6.1", "worker-t0", "worker-t1")
        let pool = try #require(folded([], [front, worker]).classes.first)
        #expect(pool.running.known?.value == worker.running && pool.waiting.known?.value == worker.waiting)
        // The mocker's worker says no tokens, so the frontend's count.
        #expect(pool.decode.known?.value == worker.decode ?? front.decode)
        #expect(pool.ttft95.known?.value == front.ttft?.quantile(0.95))
        #expect(pool.ttft50.known?.value == front.ttft?.quantile(0.5) && pool.parts.isEmpty)
    }

    @Test("Triton, NIM and Ray: their own names for the same things")
    func others() throws {
        let triton = try facts(try pages("documented-triton", "t0"))
        #expect(triton.engines.map(\.model) == ["ensemble"])
        #expect(triton.engines[0].running == 8 && triton.engines[0].waiting == 3 && triton.engines[0].kvUse == 0.35)
        #expect(triton.hosts[0].exporter == "triton" && triton.hosts[0].gpus[0].uuid == "GPU-11")
        #expect(triton.hosts[0].gpus[0].memory == 0.75 && triton.hosts[0].gpus[0].powerLimit == 700)
        let nim = try engine("documented-nim", "t0", "t1")
        #expect(nim.product == "nim" && nim.running == 6 && nim.decode == 100 && nim.kvUse == 0.15)
        // The same names without a model are somebody else's.
        #expect(try facts([Array("num_requests_running 6\n".utf8)]).engines.isEmpty)
        let ray = try facts(try pages("documented-ray-llm", "t0", "t1"), every: 40).engines
        #expect(ray.map(\.model) == ["qwen"], "not the deployment as well")
        #expect(ray[0].running == 7 && ray[0].decode == 5 && ray[0].kvUse == 0.2)
    }

    @Test("Ray Serve without a language model: applications, as recorded")
    func rayServe() throws {
        let page = try fixture("ray-2.60.0/agent-t0.txt")
        let found = try facts([page]).engines
        #expect(!found.isEmpty && found.allSatisfy { $0.product == "ray serve" })
        #expect(
            found.reduce(0) { $0 + ($1.running ?? 0) } == total(page, "ray_serve_replica_processing_queries{"))
    }

    @Test("AMD in small and large letters and with amd_ before, and Gaudi in milliwatts")
    func accelerators() throws {
        let amd = try #require(try facts(try pages("documented-amd-device-metrics", "t0")).hosts.first)
        #expect(amd.name == "mi300-1" && amd.exporter == "amd" && amd.gpus.map(\.index) == [0, 1])
        #expect(amd.gpus.map(\.utilisation) == [0.93, 0.88] && amd.gpus.map(\.power) == [640, 610])
        #expect(amd.gpus[0].memory == 0.5 && amd.gpus[0].temperature == 71)
        #expect(amd.gpus[0].model == "AMD Instinct MI300X")
        let gaudi = try #require(try facts(try pages("documented-gaudi", "t0")).hosts.first)
        #expect(gaudi.exporter == "gaudi" && gaudi.gpus[0].power == 412 && gaudi.gpus[0].memory == 0.5)
        #expect(gaudi.gpus[0].utilisation == 0.77 && gaudi.gpus[0].temperature == 58)
    }

    @Test(
        "a GPU says who has it: Slurm's job, or the pod and its namespace, under the names of before and behind a Prometheus"
    )
    func holders() throws {
        func held(_ labels: String) throws -> GPUFacts {
            let page = Array("DCGM_FI_DEV_GPU_UTIL{gpu=\"0\",UUID=\"GPU-1\",\(labels)} 0\n".utf8)
            return try #require(try facts([page]).hosts.first?.gpus.first)
        }
        for (labels, holder, owner) in [
            ("hpc_job=\"1001\"", "1001", nil), ("pod=\"p-0\",namespace=\"ml\"", "p-0", "ml"),
            ("pod_name=\"p-0\",pod_namespace=\"ml\"", "p-0", "ml"),
            ("exported_pod=\"p-0\",exported_namespace=\"ml\",pod=\"dcgm-x\",namespace=\"gpu-operator\"", "p-0", "ml"),
            ("pod=\"\",namespace=\"\"", nil, nil),
            ("job=\"dcgm\",instance=\"h:9400\",pod=\"dcgm-x\",namespace=\"gpu-operator\"", nil, nil),
        ] as [(String, String?, String?)] {
            let gpu = try held(labels)
            #expect(gpu.holder == holder && gpu.owner == owner, "\(labels)")
        }
        let amd = try facts(try pages("documented-amd-device-metrics", "t0")).hosts[0].gpus[0]
        #expect(amd.holder == "71")
    }

    @Test("two exporters of one GPU make one GPU, with what each knows")
    func together() {
        var dcgm = HostFacts(name: "h", address: "h", exporter: "dcgm", at: PlantTime(epoch: 1103))
        var one = GPUFacts(uuid: "GPU-11")
        (one.tensorActive, one.power) = (0.4, 500)
        dcgm.gpus = [one]
        var triton = HostFacts(name: "h", address: "h", exporter: "triton", at: PlantTime(epoch: 1104))
        var two = GPUFacts(uuid: "GPU-11")
        (two.utilisation, two.power) = (0.9, 510)
        triton.gpus = [two]
        let table = folded([dcgm, triton]).nodes
        #expect(table.gpus.power.count == 1 && table.gpus.power[0] == 510)
        #expect(table.gpus.tensorActive[0].map { abs($0 - 0.4) < 1e-6 } == true)
    }

    @Test("a frontend that names its model by the path is the class of the engines behind it")
    func paths() {
        func engine(_ model: String, isFrontend: Bool) -> EngineFacts {
            var facts = EngineFacts(
                model: model, engine: "0", product: isFrontend ? "dynamo" : "trtllm", target: model, address: model,
                at: PlantTime(epoch: 1104))
            (facts.isFrontend, facts.running) = (isFrontend, 5)
            return facts
        }
        let one = folded([], [engine("nvidia/llama-8b", isFrontend: true), engine("llama-8b", isFrontend: false)])
        #expect(one.classes.map(\.pool.shortName) == ["llama-8b"] && one.classes[0].running.known?.value == 5)
        let two = folded([], [engine("nvidia/llama-8b", isFrontend: true), engine("qwen", isFrontend: false)])
        #expect(two.classes.map(\.pool.shortName) == ["nvidia/llama-8b", "qwen"])
    }

    @Test("a nameless page of accelerators is of the machine that has them, whatever address answers")
    func otherAddress() throws {
        let named = try facts([
            Array("DCGM_FI_DEV_POWER_USAGE{gpu=\"0\",UUID=\"GPU-11\",Hostname=\"h1\"} 500\n".utf8)
        ]).hosts
        let triton = try facts(try pages("documented-triton", "t0"), host: "10.9.9.9").hosts
        let table = folded(named + triton).nodes
        #expect(table.count == 1 && table.gpus.power.count == 1)
    }

    @Test("histograms with other bounds add up, bucket by bucket")
    func bounds() throws {
        let coarse = Buckets(bounds: [1, 2, .infinity], counts: [10, 10, 1])
        let fine = Buckets(bounds: [0.5, 1, 4, .infinity], counts: [4, 4, 8, 0])
        let sum = try #require(Buckets.sum([coarse, fine]))
        #expect(sum.bounds == [0.5, 1, 2, 4, .infinity])
        // 5 of the first ten below 0.5; of the eight between 1 and 4 a third below 2; what is beyond 2 lies just beyond it.
        let expected = [9, 9, 10 + 8 / 3.0, 16 / 3.0 + 1, 0]
        #expect(zip(sum.counts, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(sum.counts)")
        #expect(sum.counts.reduce(0, +) == 37)
        #expect(Buckets.sum([]) == nil)
    }
}
