// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Factory

@Suite("Packed history")
struct PackedSlabTests {
    private static let unknown = SampleScale.unknown

    @Test(
        "a scale gives back what it was given, to its step, and an unknown is never a zero",
        arguments: SampleScale.allCases)
    func scale(scale: SampleScale) {
        #expect(scale.code(.nan) == Self.unknown && scale.value(Self.unknown).isNaN)
        #expect(scale.value(scale.code(0)) == 0 && scale.value(scale.code(-3)) == 0)
        #expect(scale.value(scale.code(.infinity)).isFinite && scale.code(.infinity) != Self.unknown)
        for value: Float in [0.004, 0.31, 0.5, 0.997, 1] {
            let error = abs(scale.value(scale.code(value)) - value)
            #expect(error <= (scale == .share ? 0.0026 : value * (scale == .coarse ? 0.008 : 0.002)), "\(value)")
        }
        for value: Float in [1, 17, 812.5, 10_240, 3.2e6, 1e30] where scale != .share {
            #expect(abs(scale.value(scale.code(value)) - value) <= value * 0.008)
        }
    }

    @Test("every track comes back as it went in, whatever its neighbours are", arguments: [1, 7, 20, 63, 64])
    func roundTrip(moments: Int) throws {
        var random = SeededGenerator(seed: UInt64(moments))
        let tracks = 150
        var codes: [UInt16] = []
        for moment in 0..<moments {
            for track in 0..<tracks {
                let code: UInt16 =
                    switch track % 6 {
                    case 0: Self.unknown
                    case 1: 7
                    case 2: UInt16(1000 + moment * 3)
                    case 3: .random(in: 0...65_534, using: &random)
                    case 4: Bool.random(using: &random) ? Self.unknown : .random(in: 40...60, using: &random)
                    default: moment == 0 ? Self.unknown : UInt16(65_534 - moment)
                    }
                codes.append(code)
            }
        }
        let slab = PackedSlab(codes, moments: moments, tracks: tracks)
        for track in 0..<tracks {
            #expect(slab.codes(of: track) == (0..<moments).map { codes[$0 * tracks + track] }, "track \(track)")
        }
        #expect(slab.codes(of: tracks) == Array(repeating: Self.unknown, count: moments))
        let read = try #require(PackedSlab(bytes: slab.bytes, moments: moments, tracks: tracks))
        #expect(read == slab)
        #expect(PackedSlab(bytes: Array(slab.bytes.dropLast()), moments: moments, tracks: tracks) == nil)
        #expect(PackedSlab(bytes: slab.bytes + [0], moments: moments, tracks: tracks) == nil)
        let picked = slab.picking([149, nil, 2, 3])
        #expect(picked.tracks == 4 && picked.codes(of: 0) == slab.codes(of: 149))
        #expect(picked.codes(of: 1) == slab.codes(of: 0) && picked.codes(of: 3) == slab.codes(of: 3))
    }

    @Test("a value that stands still costs next to nothing, and one that wavers by a few steps under half a byte")
    func small() {
        var random = SeededGenerator(seed: 5)
        let still = PackedSlab(Array(repeating: 180, count: 64 * 100), moments: 64, tracks: 100)
        #expect(still.bytes.count == 300)
        let wavering = (0..<64 * 100).map { _ in UInt16.random(in: 170...177, using: &random) }
        #expect(PackedSlab(wavering, moments: 64, tracks: 100).bytes.count <= 64 * 100 / 2)
    }
}

@Suite struct PackedSlabFuzzTests {
    @Test("whatever bytes are taken for a slab, reading them ends, and what is read can be read again")
    func slab() async {
        let codes = (0..<40 * 30).map { UInt16(truncatingIfNeeded: $0 &* 7919 % 500) }
        let whole = PackedSlab(codes, moments: 40, tracks: 30)
        await Fuzz.run("PackedSlabFuzzTests.slab", seconds: 3) { random in
            let bytes = Fuzz.mutated(whole.bytes, &random)
            let moments = Int.random(in: 0...70, using: &random)
            let tracks = Int.random(in: 0...40, using: &random)
            for (moments, tracks) in [(40, 30), (moments, tracks)] {
                guard let slab = PackedSlab(bytes: bytes, moments: moments, tracks: tracks) else { continue }
                #expect((0..<tracks).allSatisfy { slab.codes(of: $0).count == moments })
                #expect(
                    PackedSlab(bytes: slab.picking(Array(0..<tracks)).bytes, moments: moments, tracks: tracks) == slab)
            }
        }
    }
}
