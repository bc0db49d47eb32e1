// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
//
// The architecture as code: every target with the targets it may import. ARCHITECTURE.md says why.

import PackageDescription

let house: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// A library of ours, with the targets it may import.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

/// The tests of one target.
func tests(of name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
        exclude: exclude,
        swiftSettings: house)
}

let package = Package(
    name: "tokenworks",
    products: [.executable(name: "tokenworks", targets: ["tokenworks"])],
    dependencies: [
        // Flags, sub-commands, help and their error messages: the standard one.
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        // Configuration and themes are YAML: operators' own format.
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        // Scrapes: keep-alive, TLS and deadlines for thousands of targets, kept by the Swift server group.
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        // Sizes of scraped bodies and time limits are in its types; async-http-client's own foundation.
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        // Certificates of scraped targets: what is trusted, what is shown, what was wrong; async-http-client's own.
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        // SHA-256 of the audit's chain.
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        // Messages between the daemon and its clients: a format that other languages read too, and old clients can skip in.
        .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
        // The daemon's parts end in order, whatever ends first; the server group's own.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        // The daemon's log, behind the interface that libraries on the server log through.
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        // exp, log and pow for the targets that may not import Foundation.
        .package(url: "https://github.com/apple/swift-numerics", exact: "1.1.1"),
        // The daemon's history: SQLite keeps it whole at any instant, and GRDB keeps its statements and migrations in order.
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    ],
    targets: [
        // Edge: what touches the world.
        .executableTarget(
            name: "tokenworks",
            dependencies: [
                "NcursesTerminal", "Archive", "Dashboard", "Control", "Backends", "Exposition", "Factory", "Link",
                "Planning", "Screen", "Simulation", "SlurmText", "Wire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"), "Yams",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: house),
        .target(name: "CTerminal", linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        room("NcursesTerminal", ["Screen", "CTerminal"]),
        room("Control", ["Factory", "Planning", "Spawn", "Disk", .product(name: "Crypto", package: "swift-crypto")]),
        room(
            "Backends",
            [
                "Factory", "Simulation", "Exposition", "SlurmText", "Spawn", "Disk", "CZlib",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),

        room(
            "Link",
            [
                "Factory", "Wire", "Spawn",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        // The one place that starts other programs.
        room("Spawn", ["CSpawn"]),
        .target(name: "CSpawn"),
        // The one place that replaces a file so that it outlives a loss of power.
        room("Disk"),
        room("Archive", ["Factory", .product(name: "GRDB", package: "GRDB.swift")]),

        // Pure: no I/O, no clock, no randomness of their own.
        room("Dashboard", ["Factory", "Screen"]),
        room("Simulation", ["Factory", "Planning", .product(name: "RealModule", package: "swift-numerics")]),
        room("Planning", ["Factory"]),
        .target(
            name: "Wire", dependencies: ["Factory", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["Generated/tokenworks.proto"], swiftSettings: house),
        room("Factory"),
        room("Screen"),
        room("Exposition"),
        room("SlurmText"),

        // The program behind `make bench` that times the parser against copying.
        .executableTarget(
            name: "exposition-bench", dependencies: ["Exposition"], path: "Benchmarks/Exposition", swiftSettings: house),

        // The program behind `make bench` that fills an hour of history and weighs it.
        .executableTarget(
            name: "history-bench", dependencies: ["Control", "Factory", "Planning", "Simulation"],
            path: "Benchmarks/History", swiftSettings: house),

        // What several tests need: kept frames, and dice whose seed a failure names. No target of the program imports it.
        .target(name: "TestSupport", dependencies: ["Screen"], path: "Tests/Support", swiftSettings: house),
        tests(of: "Screen", exclude: ["Generators"]),
        tests(of: "Exposition"),
        tests(of: "SlurmText"),
        tests(of: "Disk"),
        tests(of: "Factory"),
        tests(of: "Planning"),
        tests(of: "Simulation", ["Factory", "Planning"]),
        tests(of: "Dashboard", ["Factory", "Screen"], exclude: ["Golden"]),
        tests(
            of: "Backends",
            [
                "Factory", "Simulation", "Exposition", "SlurmText",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        tests(of: "Control", ["Factory", "Planning", "Simulation"]),
        tests(of: "Archive", ["Factory", .product(name: "GRDB", package: "GRDB.swift")]),
        tests(of: "Wire", ["Factory", .product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        tests(of: "Link", ["Backends", "Control", "Dashboard", "Factory", "Planning", "Screen", "Simulation", "Wire"]),
        tests(of: "NcursesTerminal", ["Screen"]),
        tests(
            of: "tokenworks",
            [
                "Backends", "Control", "Dashboard", "Exposition", "Factory", "Link", "Planning", "Screen", "Simulation",
                "SlurmText",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], exclude: ["Session/Golden"]),
    ],
    swiftLanguageModes: [.v6]
)
