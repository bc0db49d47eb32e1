// SPDX-License-Identifier: Apache-2.0

/// A moment in the plant: seconds since 1970-01-01T00:00:00Z on the plant's own clock, which a simulation speeds up.
package struct PlantTime: Sendable, Codable, Hashable, Comparable {
    package var epoch: Double
    package init(epoch: Double) { self.epoch = epoch }

    package static func < (left: PlantTime, right: PlantTime) -> Bool { left.epoch < right.epoch }
    package static func + (time: PlantTime, span: Seconds) -> PlantTime { PlantTime(epoch: time.epoch + span.value) }
    package static func - (left: PlantTime, right: PlantTime) -> Seconds { Seconds(left.epoch - right.epoch) }

    /// `14:06:12Z`: the time of day in UTC.
    package var clock: String {
        let (_, second) = dayAndSecond
        return "\(Self.two(second / 3600)):\(Self.two(second / 60 % 60)):\(Self.two(second % 60))Z"
    }

    /// `14:06`: the time of day in UTC without seconds, for narrow columns.
    package var shortClock: String {
        let (_, second) = dayAndSecond
        return "\(Self.two(second / 3600)):\(Self.two(second / 60 % 60))"
    }

    /// `2026-11-25T14:06:12Z`, ISO 8601.
    package var iso8601: String {
        let (day, _) = dayAndSecond
        // Civil date from days since the epoch; 719,468 days lie between 0000-03-01 and 1970-01-01.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let date = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let digits = String(year)
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return "\(padded)-\(Self.two(month))-\(Self.two(date))T\(clock)"
    }

    private var dayAndSecond: (day: Int, second: Int) {
        guard epoch.isFinite, abs(epoch) < 1e14 else { return (0, 0) }
        let whole = Int(epoch.rounded(.down))
        let day = whole >= 0 ? whole / 86_400 : (whole - 86_399) / 86_400
        return (day, whole - day * 86_400)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
