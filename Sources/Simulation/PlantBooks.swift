// SPDX-License-Identifier: Apache-2.0

package import Factory

/// What came of a plant since its start: integrals over every second, for whoever compares policies.
package struct PlantBooks: Sendable, Hashable {
    /// One serving class.
    package struct Class: Sendable, Hashable {
        package var serving: ServingClass
        /// Requests that were admitted or turned away, and those of them that met their level.
        package var judged = 0.0
        package var met = 0.0
        /// Output tokens, and those of requests that met their level.
        package var tokens = 0.0
        package var goodTokens = 0.0
        /// Seconds in which its level was missed.
        package var missed = 0.0
        package var nodeSeconds = 0.0

        init(_ serving: ServingClass) { self.serving = serving }

        /// Part of the requests that met their level; nil before the first.
        package var attainment: Double? { judged > 0 ? met / judged : nil }
    }

    package var classes: [Class] = []
    package var seconds = 0.0
    /// Seconds in which at least one class missed its level.
    package var missed = 0.0
    /// Node-seconds of training steps, as the median step would have made them; lost work is still in it.
    package var trained = 0.0
    /// Node-seconds that gangs stood because they restarted or lacked nodes.
    package var stood = 0.0
    /// Trained tokens, lost work still in it.
    package var trainedTokens = 0.0
    /// IT energy of the plant and of its serving nodes. Unit: J.
    package var energy = 0.0
    package var servingEnergy = 0.0
}

extension SimulatedPlant {
    /// Once a second, after everything else.
    mutating func keepBooks() {
        books.seconds += 1
        var anyMissed = false
        for index in inference.indices {
            books.classes[index].judged = inference[index].judged
            books.classes[index].met = inference[index].met
            books.classes[index].tokens += inference[index].decodeRate
            books.classes[index].goodTokens += inference[index].goodput
            books.classes[index].nodeSeconds += Double(inference[index].nodes)
            guard inference[index].isViolated else { continue }
            books.classes[index].missed += 1
            anyMissed = true
        }
        if anyMissed { books.missed += 1 }
        // By index: a gang copied is a dozen counts of references.
        for index in gangs.indices where gangs[index].request.trains {
            let nodes = Double(gangs[index].nodes)
            switch gangs[index].phase {
            case .running:
                books.trained += nodes * gangs[index].supply / gangs[index].slowness
                books.trainedTokens += gangs[index].rate
            // A job's first start is no loss.
            case .restarting, .incomplete: if gangs[index].productive > 0 { books.stood += nodes }
            case .checkpointing, .pending: break
            }
        }
        books.energy += power.drawn
        books.servingEnergy += power.serving
    }
}
