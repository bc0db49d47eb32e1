// SPDX-License-Identifier: Apache-2.0

/// Inference engines, servers and frontends. Names and quirks: vLLM and Dynamo as recorded, the others as their sources or
/// documents say (Tests/Fixtures/documented-*).
extension MetricNames {
    private static func row(
        _ product: MetricProduct, _ name: String, _ metric: Metric, _ kind: MetricName.Kind, unit: String = "",
        scale: Double = 1, with: (label: StaticString, value: String)? = nil,
        without: (label: StaticString, values: [String])? = nil,
        _ aggregation: MetricName.Aggregation = .sum,
        rank: Int = 0, parts: [StaticString]? = nil, isAtEnd: Bool = false
    ) -> MetricName {
        MetricName(
            product: product, name: name, with: with, without: without, metric: metric, entity: .engine, kind: kind,
            unit: unit,
            scale: scale, aggregation: aggregation, rank: rank, parts: parts, isAtEnd: isAtEnd)
    }

    static let engines: [MetricName] =
        vllm(.vllm, "vllm:") + vllm(.rayLLM, "ray_vllm_") + vllm(.rayLLM, "ray_vllm:") + sglang + tensorRT
        + textGeneration + llama + dynamo + triton + nim + rayServe

    /// How requests end, by the words of a label: answered whole, gone before that, or failed.
    private static func ends(
        _ product: MetricProduct, _ name: String, by label: StaticString = "finished_reason", rank: Int = 0
    ) -> [MetricName] {
        let words: [(String, Metric)] = [
            ("", .finished), ("stop", .finished), ("length", .finished), ("repetition", .finished),
            ("abort", .aborted), ("cancelled", .aborted), ("error", .failed),
        ]
        return words.map { word, metric in
            row(product, name, metric, .counter, unit: "requests", with: (label, word), rank: rank)
        }
    }

    /// vLLM, under its own prefix or the one that Ray gives it.
    private static func vllm(_ product: MetricProduct, _ prefix: String) -> [MetricName] {
        let rows = vllmRows(product, prefix)
        guard product == .rayLLM else { return rows }
        // Ray's workers tell their agent every ten seconds or less often: between two of them nothing moves.
        return rows.map { row in
            var row = row
            row.isAtEnd = row.kind == .counter && !Metric.ends.contains(row.metric)
            return row
        }
    }

    private static func vllmRows(_ product: MetricProduct, _ prefix: String) -> [MetricName] {
        [
            row(product, prefix + "num_requests_running", .running, .gauge),
            row(product, prefix + "num_requests_waiting", .waiting, .gauge),
            row(product, prefix + "generation_tokens_total", .generatedTokens, .counter, unit: "tokens"),
            row(product, prefix + "prompt_tokens_total", .promptTokens, .counter, unit: "tokens"),
            row(
                product, prefix + "prompt_tokens_by_source_total", .computedTokens, .counter, unit: "tokens",
                with: ("source", "local_compute")),
            row(product, prefix + "prompt_tokens_cached_total", .cachedTokens, .counter, unit: "tokens"),
            row(product, prefix + "prefix_cache_hits_total", .cachedTokens, .counter, unit: "tokens", rank: 1),
            row(product, prefix + "gpu_prefix_cache_hits_total", .cachedTokens, .counter, unit: "tokens", rank: 2),
            // "perc" is a share, 0...1, in both.
            row(product, prefix + "kv_cache_usage_perc", .kvUse, .gauge, .mean),
            row(product, prefix + "gpu_cache_usage_perc", .kvUse, .gauge, .mean, rank: 1),
            row(product, prefix + "num_preemptions_total", .preemptions, .counter, unit: "requests"),
            row(product, prefix + "time_to_first_token_seconds", .ttft, .histogram, unit: "s"),
            row(product, prefix + "inter_token_latency_seconds", .itl, .histogram, unit: "s"),
            row(product, prefix + "time_per_output_token_seconds", .itl, .histogram, unit: "s", rank: 1),
            row(product, prefix + "e2e_request_latency_seconds", .e2e, .histogram, unit: "s"),
            row(product, prefix + "request_queue_time_seconds", .queued, .histogram, unit: "s"),
            row(product, prefix + "spec_decode_num_draft_tokens_total", .draftTokens, .counter, unit: "tokens"),
            row(product, prefix + "spec_decode_num_accepted_tokens_total", .acceptedTokens, .counter, unit: "tokens"),
            row(product, prefix + "admission_rejections_total", .refused, .counter, unit: "requests"),
        ] + ends(product, prefix + "request_success_total")
    }

    // Each tensor and pipeline rank may repeat its engine's numbers, and with priorities the whole stands under
    // priority="" beside its parts: only the priority tells series apart, and the whole counts first.
    private static func sglang(
        _ name: String, _ metric: Metric, _ kind: MetricName.Kind, unit: String = "",
        with: (label: StaticString, value: String)? = nil, _ aggregation: MetricName.Aggregation = .sum, rank: Int = 0,
        isAtEnd: Bool = false
    ) -> MetricName {
        row(
            .sglang, "sglang:" + name, metric, kind, unit: unit, with: with, aggregation, rank: rank,
            parts: [kind == .histogram ? "is_streaming" : "priority"], isAtEnd: isAtEnd)
    }

    // gen_throughput keeps its last value when nothing runs, so no row asks for it.
    private static let sglang: [MetricName] = [
        sglang("num_running_reqs", .running, .gauge),
        sglang("num_queue_reqs", .waiting, .gauge),
        sglang("realtime_tokens_total", .generatedTokens, .counter, unit: "tokens", with: ("mode", "decode")),
        sglang("generation_tokens_total", .generatedTokens, .counter, unit: "tokens", rank: 1, isAtEnd: true),
        sglang("realtime_tokens_total", .computedTokens, .counter, unit: "tokens", with: ("mode", "prefill_compute")),
        sglang("prompt_tokens_total", .promptTokens, .counter, unit: "tokens", isAtEnd: true),
        sglang("realtime_tokens_total", .cachedTokens, .counter, unit: "tokens", with: ("mode", "prefill_cache")),
        row(
            .sglang, "sglang:cached_tokens_total", .cachedTokens, .counter, unit: "tokens", rank: 1,
            parts: ["cache_source"], isAtEnd: true),
        // As of the last batch: only where the tokens are not counted.
        sglang("cache_hit_rate", .hitRate, .gauge, .mean),
        sglang("token_usage", .kvUse, .gauge, .mean),
        sglang("num_retracted_requests_total", .preemptions, .counter, unit: "requests"),
        sglang("e2e_request_latency_seconds", .e2e, .histogram, unit: "s"),
        sglang("queue_time_seconds", .queued, .histogram, unit: "s"),
        // As of the last batches: its tokens are not counted.
        sglang("spec_accept_rate", .acceptance, .gauge, .mean),
        sglang("num_requests_total", .finished, .counter, unit: "requests"),
        // A user who went away and a queue that was too long are one number there.
        sglang("num_aborted_requests_total", .aborted, .counter, unit: "requests"),
        sglang("time_to_first_token_seconds", .ttft, .histogram, unit: "s"),
        sglang("inter_token_latency_seconds", .itl, .histogram, unit: "s"),
        sglang("time_per_output_token_seconds", .itl, .histogram, unit: "s", rank: 1),
    ]

    private static let tensorRT: [MetricName] = tensorRT("trtllm_", rank: 0) + tensorRT("trtllm:", rank: 1)

    private static func tensorRT(_ prefix: String, rank: Int) -> [MetricName] {
        [
            row(.trtllm, prefix + "num_requests_running", .running, .gauge, rank: rank),
            row(.trtllm, prefix + "num_requests_waiting", .waiting, .gauge, rank: rank),
            row(.trtllm, prefix + "generation_tokens_total", .generatedTokens, .counter, unit: "tokens", rank: rank),
            row(.trtllm, prefix + "prompt_tokens_total", .promptTokens, .counter, unit: "tokens", rank: rank),
            row(.trtllm, prefix + "kv_cache_utilization", .kvUse, .gauge, .mean, rank: rank),
            row(.trtllm, prefix + "kv_cache_hit_rate", .hitRate, .gauge, .mean, rank: rank),
            row(.trtllm, prefix + "time_to_first_token_seconds", .ttft, .histogram, unit: "s", rank: rank),
            row(.trtllm, prefix + "time_per_output_token_seconds", .itl, .histogram, unit: "s", rank: rank),
            row(.trtllm, prefix + "prompt_cached_tokens_total", .cachedTokens, .counter, unit: "tokens", rank: rank),
            row(.trtllm, prefix + "e2e_request_latency_seconds", .e2e, .histogram, unit: "s", rank: rank),
            row(.trtllm, prefix + "request_queue_time_seconds", .queued, .histogram, unit: "s", rank: rank),
            row(
                .trtllm, prefix + "spec_decode_drafted_tokens_total", .draftTokens, .counter, unit: "tokens",
                rank: rank),
            row(
                .trtllm, prefix + "spec_decode_accepted_tokens_total", .acceptedTokens, .counter, unit: "tokens",
                rank: rank),
            row(.trtllm, prefix + "request_error_total", .failed, .counter, unit: "requests", rank: rank),
        ] + ends(.trtllm, prefix + "request_success_total", rank: rank)
    }

    // There is no TTFT, and the time per token is one mean a request.
    private static let textGeneration: [MetricName] = [
        row(.tgi, "tgi_batch_current_size", .running, .gauge),
        row(.tgi, "tgi_queue_size", .waiting, .gauge),
        row(
            .tgi, "tgi_request_generated_tokens_sum", .generatedTokens, .counter, unit: "tokens", isAtEnd: true),
        row(.tgi, "tgi_request_input_length_sum", .promptTokens, .counter, unit: "tokens", isAtEnd: true),
        row(.tgi, "tgi_request_mean_time_per_token_duration", .itl, .histogram, unit: "s"),
        row(.tgi, "tgi_request_duration", .e2e, .histogram, unit: "s"),
        row(.tgi, "tgi_request_queue_duration", .queued, .histogram, unit: "s"),
        row(.tgi, "tgi_request_success", .finished, .counter, unit: "requests"),
        row(.tgi, "tgi_request_failure", .failed, .counter, unit: "requests"),
    ]

    private static let llama: [MetricName] = [
        row(.llamacpp, "llamacpp:requests_processing", .running, .gauge),
        row(.llamacpp, "llamacpp:requests_deferred", .waiting, .gauge),
        row(
            .llamacpp, "llamacpp:tokens_predicted_total", .generatedTokens, .counter, unit: "tokens", isAtEnd: true),
        // Those that were processed: what was found in the cache is not among them.
        row(.llamacpp, "llamacpp:prompt_tokens_total", .computedTokens, .counter, unit: "tokens", isAtEnd: true),
        row(
            .llamacpp, "llamacpp:prompt_tokens_cached_total", .cachedTokens, .counter, unit: "tokens", isAtEnd: true),
        row(.llamacpp, "llamacpp:spec_decode_num_draft_tokens_total", .draftTokens, .counter, unit: "tokens"),
        row(.llamacpp, "llamacpp:spec_decode_num_accepted_tokens_total", .acceptedTokens, .counter, unit: "tokens"),
    ]

    // A worker passes its engine's own names through; what it adds under dynamo_component_ says nothing more here.
    private static let dynamo: [MetricName] = [
        row(.dynamo, "dynamo_frontend_inflight_requests", .inflight, .gauge),
        // Until the first token: prefill is in it.
        row(.dynamo, "dynamo_frontend_queued_requests", .waiting, .gauge),
        row(.dynamo, "dynamo_frontend_output_tokens_total", .generatedTokens, .counter, unit: "tokens"),
        // A request is in the two at different moments: from poll to poll their difference is noise.
        row(
            .dynamo, "dynamo_frontend_input_sequence_tokens_sum", .promptTokens, .counter, unit: "tokens",
            isAtEnd: true),
        row(.dynamo, "dynamo_frontend_cached_tokens_sum", .cachedTokens, .counter, unit: "tokens", isAtEnd: true),
        row(.dynamo, "dynamo_frontend_time_to_first_token_seconds", .ttft, .histogram, unit: "s"),
        row(.dynamo, "dynamo_frontend_inter_token_latency_seconds", .itl, .histogram, unit: "s"),
        row(.dynamo, "dynamo_frontend_request_duration_seconds", .e2e, .histogram, unit: "s"),
        dynamoRequests(.finished, with: ("status", "success")),
        // What a user asked for wrongly is no failure of the plant.
        dynamoRequests(
            .failed, with: ("status", "error"),
            without: ("error_type", ["cancelled", "overload", "validation", "not_found"])),
        dynamoRequests(.aborted, with: ("error_type", "cancelled")),
        dynamoRequests(.refused, with: ("error_type", "overload")),
    ]

    private static func dynamoRequests(
        _ metric: Metric, with: (label: StaticString, value: String),
        without: (label: StaticString, values: [String])? = nil
    ) -> MetricName {
        row(
            .dynamo, "dynamo_frontend_requests_total", metric, .counter, unit: "requests", with: with, without: without)
    }

    private static let triton: [MetricName] = [
        row(.triton, "nv_trt_llm_request_metrics", .running, .gauge, with: ("request_type", "scheduled")),
        row(.triton, "nv_trt_llm_request_metrics", .waiting, .gauge, with: ("request_type", "waiting")),
        row(
            .triton, "nv_trt_llm_kv_cache_block_metrics", .kvUse, .gauge, with: ("kv_cache_block_type", "fraction"),
            .mean),
        // Sums over the requests that it answered: their mean is all that can be known.
        row(.triton, "nv_inference_request_duration_us", .e2eSum, .counter, unit: "us", scale: 1e-6),
        row(.triton, "nv_inference_queue_duration_us", .queuedSum, .counter, unit: "us", scale: 1e-6),
        row(.triton, "nv_inference_request_success", .finished, .counter, unit: "requests"),
        row(
            .triton, "nv_inference_request_failure", .failed, .counter, unit: "requests",
            without: ("reason", ["CANCELED", "REJECTED"])),
        row(
            .triton, "nv_inference_request_failure", .aborted, .counter, unit: "requests", with: ("reason", "CANCELED")),
        row(
            .triton, "nv_inference_request_failure", .refused, .counter, unit: "requests", with: ("reason", "REJECTED")),
    ]

    private static let nim: [MetricName] =
        [
            row(.nim, "num_requests_running", .running, .gauge),
            row(.nim, "num_requests_waiting", .waiting, .gauge),
            row(.nim, "generation_tokens_total", .generatedTokens, .counter, unit: "tokens"),
            row(.nim, "prompt_tokens_total", .promptTokens, .counter, unit: "tokens"),
            row(.nim, "gpu_cache_usage_perc", .kvUse, .gauge, .mean),
            row(.nim, "time_to_first_token_seconds", .ttft, .histogram, unit: "s"),
            row(.nim, "time_per_output_token_seconds", .itl, .histogram, unit: "s"),
            row(.nim, "e2e_request_latency_seconds", .e2e, .histogram, unit: "s"),
            row(.nim, "request_success_total", .finished, .counter, unit: "requests", rank: 1),
            row(.nim, "request_failure_total", .failed, .counter, unit: "requests", rank: 1),
        ] + ends(.nim, "request_finish_total")

    // Of a deployment that serves no language model, and of one whose engine is not to be seen.
    private static let rayServe: [MetricName] = [
        row(.rayServe, "ray_serve_replica_processing_queries", .running, .gauge),
        row(.rayServe, "ray_serve_deployment_queued_queries", .waiting, .gauge),
        // By what its proxies answered: the counters of deployments count a request once for each that it passes through.
        rayHTTP(.finished, "2*"), rayHTTP(.aborted, "499"), rayHTTP(.refused, "503"), rayHTTP(.refused, "429"),
        rayHTTP(.failed, "5*", without: ["503"]),
    ]

    private static func rayHTTP(_ metric: Metric, _ status: String, without: [String] = []) -> MetricName {
        row(
            .rayServe, "ray_serve_num_http_requests_total", metric, .counter, unit: "requests",
            with: ("status_code", status), without: ("status_code", without))
    }
}
