// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Yams

@main
struct Tokenworks: ParsableCommand {
    func run() throws { print("tokenworks") }
}
