// SPDX-License-Identifier: Apache-2.0

import Factory
import Planning

/// Money and energy as an observer sees them (FACTORY.md section 1).
extension SimulatedPlant {
    func economy() -> Economy {
        let site = settings.site
        let machine = settings.hardware
        var economy = Economy()
        economy.itPower = .fresh(Watts(power.drawn))
        economy.pue = .fresh(Count(site.pue))
        economy.cap = Reading(power.cap.map { Watts($0) })
        economy.isCapped = power.isCapped
        economy.energyPrice = .fresh(Dollars(site.energyPrice))
        economy.carbon = .fresh(Count(site.carbon))
        economy.classes = inference.map(classEconomy)
        let decode = inference.reduce(0) { $0 + $1.decodeRate }
        let building = power.drawn * site.pue
        if building > 0 { economy.perMegawatt = .fresh(TokensPerSecond(decode / (building / 1e6))) }
        let serving = inference.reduce(0) { $0 + servingPower($1) }
        if serving > 0 { economy.yield = .fresh(TokensPerJoule(decode / serving)) }
        let rent = Double(settings.nodes * machine.gpusPerUnit) * machine.pricePerHour
        economy.cost = .fresh(Dollars(rent))
        economy.energyCost = .fresh(Dollars(building / 1000 * site.energyPrice))
        let gpus = inference.reduce(0) { $0 + $1.nodes } * machine.gpusPerUnit
        if decode > 0 { economy.costPerMtok = .fresh(Dollars(Self.perMtok(gpus, decode, machine.pricePerHour))) }
        let revenue = economy.classes.reduce(0) { $0 + ($1.revenue.known?.value ?? 0) }
        economy.revenue = .fresh(Dollars(revenue))
        economy.margin = .fresh(Dollars(revenue - rent))
        return economy
    }

    private func classEconomy(_ pool: InferencePool) -> ClassEconomy {
        var economy = ClassEconomy(pool.served.serving)
        let rent = settings.hardware.pricePerHour
        let gpus = pool.nodes * settings.hardware.gpusPerUnit
        economy.pricePerMtok = .fresh(Dollars(pool.served.price))
        if pool.decodeRate > 0 { economy.costPerMtok = .fresh(Dollars(Self.perMtok(gpus, pool.decodeRate, rent))) }
        let revenue = pool.goodput * 3600 / 1e6 * pool.served.price
        economy.revenue = .fresh(Dollars(revenue))
        economy.margin = .fresh(Dollars(revenue - Double(gpus) * rent))
        let watts = servingPower(pool)
        if watts > 0 { economy.yield = .fresh(TokensPerJoule(pool.decodeRate / watts)) }
        return economy
    }

    /// $/GPU-h x 1e6 / (3600 x tok/s and GPU): idle GPUs of the pool are paid as well.
    private static func perMtok(_ gpus: Int, _ decode: Double, _ rent: Double) -> Double {
        rent * Double(gpus) * 1e6 / (3600 * decode)
    }

    private func servingPower(_ pool: InferencePool) -> Double {
        let machine = settings.hardware
        let draw = NodeActivity.serving(load: pool.load).draw * power.throttle
        return Double(pool.nodes) * (machine.unitIdle + (machine.unitPeak - machine.unitIdle) * draw)
    }
}
