// SPDX-License-Identifier: Apache-2.0

import Planning

/// `hardware: h200`, or a machine of one's own: `{like: h100, power_watts: 12000, price: 2.1}`.
enum HardwareSection {
    private static let names = Hardware.all.map(\.name).joined(separator: ", ")

    static func read(
        _ section: inout YAMLSection, key: String
    ) throws(ConfigurationError) -> Hardware? {
        guard section.isMapping(key) else {
            return try section.word(key, of: Hardware.all.map(\.name)).flatMap(Hardware.named)
        }
        guard var own = try section.section(key) else { return nil }
        guard let like = try own.word("like", of: Hardware.all.map(\.name)), var machine = Hardware.named(like) else {
            throw ConfigurationError(
                file: own.file, line: own.line, text: "\(own.path): 'like' names the machine it differs from: \(names)")
        }
        if let title = try own.string("title") { machine.title = title }
        if let flops = try own.number("bf16_flops", in: 1e12...1e18) { machine.bf16 = flops }
        if let flops = try own.number("fp8_flops", in: 1e12...1e18) { machine.fp8 = flops }
        if let memory = try own.number("memory_bytes", in: 8e9...4e12) { machine.memory = memory }
        if let bandwidth = try own.number("bandwidth", in: 1e11...1e14) { machine.bandwidth = bandwidth }
        if let watts = try own.number("idle_watts", in: 1...1e6) { machine.unitIdle = watts }
        if let watts = try own.number("power_watts", in: 1...1e6) { machine.unitPeak = watts }
        if let price = try own.number("price", in: 0...1000) { machine.pricePerHour = price }
        guard machine.unitIdle < machine.unitPeak else {
            throw ConfigurationError(
                file: own.file, line: own.line,
                text:
                    "\(own.path): idle_watts (\(Int(machine.unitIdle))) must be less than power_watts (\(Int(machine.unitPeak)))"
            )
        }
        guard ModelProfile.medium.fits(machine) else {
            throw ConfigurationError(
                file: own.file, line: own.line,
                text: "\(own.path): a 70B model and its cache do not fit into \(machine.gpusPerUnit) x memory_bytes")
        }
        try own.finish()
        return machine
    }
}
