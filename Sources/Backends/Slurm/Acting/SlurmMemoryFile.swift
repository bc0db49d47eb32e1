// SPDX-License-Identifier: Apache-2.0

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
                throw unusable("cannot be read: \(Self.reason(errno))", undo: "make it readable")
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
        let new = path + ".new"
        let file = Glibc.open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            throw unusable("cannot be written: \(Self.reason(errno))", undo: "make room or give rights")
        }
        let written = data.withUnsafeBytes { bytes -> Bool in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(file, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                guard count > 0 else { return false }
                done += count
            }
            return fsync(file) == 0
        }
        let reason = errno
        close(file)
        guard written, rename(new, path) == 0 else {
            throw unusable(
                "cannot be written: \(Self.reason(written ? errno : reason))", undo: "make room or give rights")
        }
    }

    private func unusable(_ what: String, undo: String) -> ActuatorError {
        ActuatorError(.unreachable, engine: "slurm", text: "\(path) \(what): nothing is moved without it; \(undo).")
    }

    private static func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
}
