// SPDX-License-Identifier: Apache-2.0

import Factory
package import Screen

extension DashboardState {
    /// One frame for a terminal of this size now: takes in size and time, then renders.
    package mutating func frame(width: Int, height: Int, at seconds: Double) -> Frame {
        if size != (width, height) { _ = update(.input(.resized(width: width, height: height), at: seconds)) }
        _ = update(.tick(at: seconds))
        return render(width: width, height: height)
    }

    /// Draws what is known: a pure function of the state and the size.
    ///
    /// Sizes down to 1x1 draw what is most needed; 0 draws nothing.
    package func render(width: Int, height: Int) -> Frame {
        var frame = Frame(width: width, height: height)
        guard frame.width > 0, frame.height > 0 else { return frame }
        var context = context
        context.width = frame.width
        context.height = frame.height
        let margin = frame.width >= 40 ? 1 : 0
        frame.put(
            TitleRow.line(context, width: frame.width - margin), x: margin, y: 0, width: frame.width - margin)
        if let top = overlays.last {
            let bottom = frame.height >= 4 ? 1 : 0
            let area = Rect(x: 0, y: 1, width: frame.width, height: frame.height - 1 - bottom)
            top.draw(into: &frame, area: area, context)
        } else {
            MainPicture(context: context, main: main).draw(into: &frame)
        }
        if frame.height >= 4 { FooterRow.draw(self, context, into: &frame, y: frame.height - 1) }
        return frame
    }
}
