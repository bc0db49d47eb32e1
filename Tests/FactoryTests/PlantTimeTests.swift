// SPDX-License-Identifier: Apache-2.0

import Factory
import Testing

@Suite("Plant time")
struct PlantTimeTests {
    @Test(
        "a moment is written as ISO 8601, in UTC",
        arguments: [
            (0.0, "1970-01-01T00:00:00Z"), (1, "1970-01-01T00:00:01Z"), (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"), (951_868_799.9, "2000-02-29T23:59:59Z"),
            (1_709_164_800, "2024-02-29T00:00:00Z"), (1_735_689_599, "2024-12-31T23:59:59Z"),
            (1_795_615_572, "2026-11-25T14:06:12Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"), (-2_203_891_200, "1900-03-01T00:00:00Z"),
            (253_402_300_800, "10000-01-01T00:00:00Z"), (-62_167_219_200, "0000-01-01T00:00:00Z"),
        ])
    func iso(epoch: Double, text: String) {
        #expect(PlantTime(epoch: epoch).iso8601 == text)
    }

    @Test("every day of a leap cycle follows the one before")
    func calendar() {
        let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var epoch = -2_208_988_800.0  // 1900-01-01
        for year in 1900..<2101 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            for (month, length) in lengths.enumerated() {
                for day in 1...(length + (month == 1 && isLeap ? 1 : 0)) {
                    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
                    #expect(PlantTime(epoch: epoch).iso8601 == "\(year)-\(two(month + 1))-\(two(day))T00:00:00Z")
                    epoch += 86_400
                }
            }
        }
    }

    @Test(
        "clocks are of the day, with seconds and without",
        arguments: [
            (50_772.0, "14:06:12Z", "14:06"), (86_399.999, "23:59:59Z", "23:59"), (86_400, "00:00:00Z", "00:00"),
            (-0.5, "23:59:59Z", "23:59"),
        ])
    func clocks(epoch: Double, clock: String, short: String) {
        #expect(PlantTime(epoch: epoch).clock == clock)
        #expect(PlantTime(epoch: epoch).shortClock == short)
    }

    @Test(
        "a moment that is no number is written without a crash", arguments: [Double.nan, .infinity, -.infinity, 1e300])
    func absurd(epoch: Double) {
        #expect(PlantTime(epoch: epoch).iso8601 == "1970-01-01T00:00:00Z")
    }

    @Test("moments and spans add up")
    func arithmetic() {
        let start = PlantTime(epoch: 100)
        #expect(start + Seconds(20) - start == Seconds(20))
        #expect(start < start + Seconds(0.001))
    }
}
