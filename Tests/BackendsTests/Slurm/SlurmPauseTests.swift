// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Backends

@Suite("How long a slow controller is left alone") struct SlurmPauseTests {
    /// When looks begin, by a clock that nothing but answers and pauses moves on. Unit: s.
    private func begins(_ answers: [Double]) -> [Double] {
        var pause = SlurmPause(restraint: 10, interval: 3)
        var now = 0.0
        return answers.map { took in
            let began = now
            pause.answered(in: took)
            now = max(began + 3, began + took + pause.length)
            return began.rounded()
        }
    }

    @Test("one slow answer costs an interval more, a controller that stays slow ten times its answer and 30 s at most")
    func slow() {
        #expect(begins([0.01, 0.2, 0.3, 0.01]) == [0, 3, 6, 9], "what is due is less than the interval")
        #expect(begins([2, 0.1, 0.1]) == [0, 8, 11], "one alone")
        #expect(begins([2, 2, 2, 2]) == [0, 8, 22, 43], "6, 12, then the whole 19 s")
        #expect(begins([9, 9, 9, 9, 9, 9]) == [0, 15, 36, 69, 108, 147], "6, 12, 24, then 30 s")
        #expect(begins([2, 2, 0.01, 2, 0.01]) == [0, 8, 22, 25, 33], "a quick one ends it, and the next begins anew")
    }

    @Test("a fault after one slow answer is met within ten seconds of it")
    func fault() {
        for took in stride(from: 0.0, through: 2.4, by: 0.1) {
            let begins = begins([0.01, took, 0.01])
            #expect(begins[2] - begins[1] - took <= 6.5, "\(took)")
        }
    }
}
