// SPDX-License-Identifier: Apache-2.0

import Disk
package import Factory
import Foundation
import Glibc

/// What an actuator keeps, as one small file that is replaced whole.
package struct SlurmMemoryFile: SlurmMemoryKeeper {
    private let path: String

    /// - Parameter directory: the state directory of the plant; it is there, and locked by whoever acts.
    package init(directory: String, plant: String) {
        let name = String(plant.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
        path = directory + "/slurm-" + name + ".json"
    }

    package func load() throws(ActuatorError) -> SlurmMemory? {
        guard let data = FileManager.default.contents(atPath: path) else {
            guard access(path, F_OK) != 0 else {
                throw unusable("cannot be read: \(Disk.Failure(code: errno).text)", undo: "make it readable")
            }
            return nil
        }
        do {
            return try JSONDecoder().decode(SlurmMemory.self, from: data)
        } catch {
            throw unusable(
                "is damaged", undo: "move it away; then look whether a node is drained with the reason 'tokenworks:'")
        }
    }

    package func save(_ memory: SlurmMemory) throws(ActuatorError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let data: Data
        do { data = try encoder.encode(memory) } catch { throw unusable("cannot be made: \(error)", undo: "report it") }
        do throws(Disk.Failure) {
            try Disk.replace(path, with: Array(data))
        } catch {
            throw unusable("cannot be written: \(error.text)", undo: "make room or give rights")
        }
    }

    private func unusable(_ what: String, undo: String) -> ActuatorError {
        ActuatorError(.unreachable, engine: "slurm", text: "\(path) \(what): nothing is moved without it; \(undo).")
    }
}
