// SPDX-License-Identifier: Apache-2.0

import Screen
import TestSupport
import Testing

/// A frame is as `Golden/` beside this file keeps it.
func expectGolden(_ frame: Frame, _ name: String, location: SourceLocation = #_sourceLocation) {
    if let problem = Golden(beside: #filePath).problem(of: frame, name) {
        Issue.record("\(problem)", sourceLocation: location)
    }
}
