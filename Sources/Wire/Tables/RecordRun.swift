// SPDX-License-Identifier: Apache-2.0

/// A run of a list of records.
enum RecordRun: Sendable, Equatable {
    /// Of the list before.
    case kept(Range<Int>)
    case fresh(Int)

    /// How a list comes out of the one before it, and what has to be sent for that.
    static func between(_ old: [[UInt8]], _ new: [[UInt8]]) -> (runs: [RecordRun], fresh: [[UInt8]]) {
        var places: [[UInt8]: Int] = [:]
        for (index, bytes) in old.enumerated() where places[bytes] == nil { places[bytes] = index }
        var runs: [RecordRun] = []
        var fresh: [[UInt8]] = []
        for bytes in new {
            // The next of a run first: equal elements stay in it.
            if case .kept(let range) = runs.last, range.upperBound < old.count, old[range.upperBound] == bytes {
                runs[runs.count - 1] = .kept(range.lowerBound..<range.upperBound + 1)
            } else if let place = places[bytes] {
                runs.append(.kept(place..<place + 1))
            } else {
                fresh.append(bytes)
                if case .fresh(let count) = runs.last {
                    runs[runs.count - 1] = .fresh(count + 1)
                } else {
                    runs.append(.fresh(1))
                }
            }
        }
        return (runs, fresh)
    }

    static let longest = 1 << 20

    static func numbers(_ runs: [RecordRun]) -> [UInt32] {
        runs.flatMap { run -> [UInt32] in
            switch run {
            case .kept(let range): [UInt32(clamping: range.count) << 1, UInt32(clamping: range.lowerBound)]
            case .fresh(let count): [UInt32(clamping: count) << 1 | 1]
            }
        }
    }

    static func parse(_ numbers: [UInt32]) throws(RecordError) -> [RecordRun] {
        var runs: [RecordRun] = []
        var index = 0
        var total = 0
        while index < numbers.count {
            let count = Int(numbers[index] >> 1)
            total += count
            guard total <= longest else { throw RecordError(text: "a list of more than \(longest) records") }
            if numbers[index] & 1 == 1 {
                runs.append(.fresh(count))
                index += 1
            } else {
                guard index + 1 < numbers.count else { throw RecordError(text: "a run without its place") }
                let start = Int(numbers[index + 1])
                runs.append(.kept(start..<start + count))
                index += 2
            }
        }
        return runs
    }
}
