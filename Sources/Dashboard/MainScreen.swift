// SPDX-License-Identifier: Apache-2.0

package import Factory
import Screen

/// The state of the main screen: where the focus, the selection and the filter are.
package struct MainScreen: Sendable {
    package internal(set) var marked: Set<NodeID> = []
    /// Whether keys go to the filter's field.
    package internal(set) var isFiltering = false

    package init() {}

    /// Takes in a snapshot to show.
    mutating func take(in snapshot: FactorySnapshot) {
        marked = marked.filter { snapshot.nodes.ids.contains($0) }
    }

    mutating func receive(_ intent: Intent, _ context: DrawContext) -> [ScreenAction]? { nil }
    mutating func type(_ key: Key, _ context: DrawContext) {}
    mutating func paste(_ text: String, _ context: DrawContext) {}
}
