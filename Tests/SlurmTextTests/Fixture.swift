// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The bytes of a recorded reply under Tests/Fixtures.
func fixture(_ path: String, from file: String = #filePath) throws -> [UInt8] {
    let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
    return [UInt8](try Data(contentsOf: tests.appendingPathComponent("Fixtures/\(path)")))
}
