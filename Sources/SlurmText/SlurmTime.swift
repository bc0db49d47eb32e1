// SPDX-License-Identifier: Apache-2.0

/// Moments and spans in Slurm's words.
package enum SlurmTime {
    /// A moment of a command that ran with `TZ=UTC`: `2026-11-28T13:15:21`, or seconds since 1970.
    ///
    /// - Returns: seconds since 1970; nil for `N/A`, `Unknown`, `None` and whatever else is no moment.
    package static func moment(_ text: some StringProtocol) -> Double? {
        let bytes = Array(text.utf8)
        guard bytes.count != 19 || bytes[4] != 0x2d else { return civil(bytes) }
        if let seconds = Double(String(decoding: bytes, as: UTF8.self)),
            bytes.first.map({ (0x30...0x39).contains($0) }) ?? false
        {
            // 0 is "not set", and what is beyond is a number that leaked.
            return (1..<1e11).contains(seconds) ? seconds : nil
        }
        return nil
    }

    /// `2026-11-28T13:15:21`
    private static func civil(_ bytes: [UInt8]) -> Double? {
        guard bytes[7] == 0x2d, bytes[10] == 0x54, bytes[13] == 0x3a,
            bytes[16] == 0x3a,
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]), let day = number(bytes[8..<10]),
            let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        return Double(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
    }

    /// A span: `2-00:00:00`, `10:00` (minutes and seconds), `5` (minutes).
    ///
    /// - Returns: `.infinity` for `UNLIMITED` and `INFINITE`; nil for what is no span, as `NOT_SET` and `Partition_Limit`.
    package static func span(_ text: some StringProtocol) -> Double? {
        if text == "UNLIMITED" || text == "INFINITE" { return .infinity }
        let halves = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let last = halves.last, halves.count <= 2 else { return nil }
        let words = last.split(separator: ":", omittingEmptySubsequences: false)
        let parts = words.compactMap { number(Array($0.utf8)[...]) }
        guard parts.count == words.count, (1...3).contains(parts.count) else { return nil }
        var seconds: Int
        if halves.count == 2 {
            guard let days = number(Array(halves[0].utf8)[...]) else { return nil }
            seconds = days * 86_400
            for (part, unit) in zip(parts, [3600, 60, 1]) { seconds += part * unit }
        } else {
            seconds = parts.count == 1 ? parts[0] * 60 : parts.reduce(0) { $0 * 60 + $1 }
        }
        return Double(seconds)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard (1...9).contains(bytes.count), bytes.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    /// Days since 1970-01-01 of a civil date; years begin in March, so that leap days come last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
