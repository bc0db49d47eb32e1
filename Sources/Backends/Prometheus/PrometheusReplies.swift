// SPDX-License-Identifier: Apache-2.0

/// What `/api/v1` answers: the wrapping that all its answers have.
struct APIReply<Content: Decodable & Sendable>: Decodable, Sendable {
    /// nil in an error.
    var data: Content?
    var errorType: String?
    var error: String?
    /// Why the answer may be a part: Thanos and Mimir say which stores were silent.
    var warnings: [String] = []

    private enum Key: String, CodingKey { case status, data, errorType, error, warnings }

    init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: Key.self)
        let isGood = try box.decode(String.self, forKey: .status) == "success"
        errorType = try box.decodeIfPresent(String.self, forKey: .errorType)
        error = try box.decodeIfPresent(String.self, forKey: .error)
        warnings = try box.decodeIfPresent([String].self, forKey: .warnings) ?? []
        data = isGood ? try box.decode(Content.self, forKey: .data) : nil
    }
}

/// A vector or a matrix. Native histograms stand beside the values and are not read: no row of the catalogue is one.
struct QueryReply: Decodable, Sendable {
    struct Series: Decodable, Sendable {
        var metric: [String: String]
        var values: [APISample]?
        var value: APISample?
    }
    var result: [Series]
}

/// `[1435781451.781, "1"]`: seconds since 1970, and a number as text, which may be `NaN` or `+Inf`.
struct APISample: Decodable, Sendable {
    var time: Double
    var text: String

    init(time: Double, text: String) {
        self.time = time
        self.text = text
    }

    init(from decoder: any Decoder) throws {
        var box = try decoder.unkeyedContainer()
        time = try box.decode(Double.self)
        text = try box.decode(String.self)
    }

    /// NaN for what is no number.
    var value: Double { Double(text) ?? .nan }
}

/// `/api/v1/targets`, which Thanos and Mimir do not have.
struct TargetsReply: Decodable, Sendable {
    struct Active: Decodable, Sendable {
        var labels: [String: String]
        var lastError: String?
        var health: String?
    }
    var activeTargets: [Active]
}

/// `/api/v1/status/buildinfo`.
struct BuildReply: Decodable, Sendable {
    var version: String?
}

/// One alert of Alertmanager's `/api/v2/alerts`.
struct ManagedAlert: Decodable, Sendable {
    struct Status: Decodable, Sendable {
        var silencedBy: [String]?
    }
    var labels: [String: String]
    var status: Status
}

/// One silence of `/api/v2/silences`.
struct SilenceReply: Decodable, Sendable {
    var id: String
    var createdBy: String?
    var comment: String?
    /// RFC 3339.
    var endsAt: String?
}
