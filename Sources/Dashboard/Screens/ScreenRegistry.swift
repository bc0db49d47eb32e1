// SPDX-License-Identifier: Apache-2.0

extension ScreenOpening {
    /// The screen that the opening asks for.
    func screen(_ context: DrawContext) -> (any OverlayScreen)? {
        switch self {
        case .plan(let draft): PlanScreen(draft)
        case .moves: MovesScreen()
        case .node(let node): NodeScreen(node)
        case .help(let kind): HelpScreen(of: kind)
        case .audit: AuditScreen()
        case .lifecycle: LifecycleScreen()
        case .economics: EconomicsScreen()
        case .jobs: JobsScreen()
        case .sites: SitesScreen()
        case .origin(let subject): OriginScreen(subject)
        case .request(let decision): RequestDialog(decision)
        case .quit: QuitDialog()
        }
    }
}
