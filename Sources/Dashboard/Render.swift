// SPDX-License-Identifier: Apache-2.0

import Factory
package import Screen

extension DashboardState {
    /// Draws what is known: a pure function of the state and the size.
    package func render(width: Int, height: Int) -> Frame {
        var frame = Frame(width: width, height: height)
        var context = context
        context.width = frame.width
        context.height = frame.height
        guard width >= 20, height >= 4 else { return frame }
        let body = Rect(x: 0, y: 1, width: width, height: height - 2)
        if let top = overlays.last {
            top.draw(into: &frame, area: body, context)
        }
        return frame
    }
}
