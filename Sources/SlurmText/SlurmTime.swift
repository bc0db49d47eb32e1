// SPDX-License-Identifier: Apache-2.0

/// Moments and spans in Slurm's words.
package enum SlurmTime {
    /// A moment of a command that ran with `TZ=UTC`: `2026-11-28T13:15:21`, or seconds since 1970.
    ///
    /// - Returns: seconds since 1970; nil for `N/A`, `Unknown`, `None` and whatever else is no moment.
    package static func moment(_ text: some StringProtocol) -> Double? { moment(Array(text.utf8)[...]) }

    static func moment(_ bytes: ArraySlice<UInt8>) -> Double? {
        guard bytes.count != 19 || bytes[bytes.startIndex + 4] != 0x2d else { return civil(bytes) }
        guard let first = bytes.first, (0x30...0x39).contains(first),
            let seconds = Double(String(decoding: bytes, as: UTF8.self))
        else { return nil }
        // 0 is "not set", and what is beyond is a number that leaked.
        return (1..<1e11).contains(seconds) ? seconds : nil
    }

    /// `2026-11-28T13:15:21`
    private static func civil(_ bytes: ArraySlice<UInt8>) -> Double? {
        let from = bytes.startIndex
        func two(_ place: Int) -> Int? { number(bytes[(from + place)..<(from + place + 2)]) }
        guard bytes[from + 7] == 0x2d, bytes[from + 10] == 0x54, bytes[from + 13] == 0x3a, bytes[from + 16] == 0x3a,
            let year = number(bytes[from..<(from + 4)]), let month = two(5), let day = two(8),
            let hour = two(11), let minute = two(14), let second = two(17),
            (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        return Double(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
    }

    /// A span: `2-00:00:00`, `10:00` (minutes and seconds), `5` (minutes).
    ///
    /// - Returns: `.infinity` for `UNLIMITED` and `INFINITE`; nil for what is no span, as `NOT_SET` and `Partition_Limit`.
    package static func span(_ text: some StringProtocol) -> Double? { span(Array(text.utf8)[...]) }

    static func span(_ bytes: ArraySlice<UInt8>) -> Double? {
        if bytes.elementsEqual("UNLIMITED".utf8) || bytes.elementsEqual("INFINITE".utf8) { return .infinity }
        var days: Int?
        // What stands before each colon: hours, minutes and seconds; without days the last of them are there.
        var (hours, minutes, count) = (0, 0, 1)
        var word = bytes.startIndex
        for place in bytes.indices {
            switch bytes[place] {
            case 0x2d:
                guard days == nil, count == 1, let number = number(bytes[word..<place]) else { return nil }
                (days, word) = (number, place + 1)
            case 0x3a:
                guard count < 3, let number = number(bytes[word..<place]) else { return nil }
                if count == 1 { hours = number } else { minutes = number }
                (count, word) = (count + 1, place + 1)
            default: continue
            }
        }
        guard let last = number(bytes[word...]) else { return nil }
        guard let days else {
            // One number are minutes.
            return Double(count == 1 ? last * 60 : count == 2 ? hours * 60 + last : (hours * 60 + minutes) * 60 + last)
        }
        let rest = count == 1 ? last * 3600 : count == 2 ? hours * 3600 + last * 60 : (hours * 60 + minutes) * 60 + last
        return Double(days * 86_400 + rest)
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
