// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Backends
import Foundation

/// Reads one page of metrics and says what of it is understood.
struct LintMetricsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint-metrics",
        abstract: "Read one page of metrics and say what of it is understood, and what not.",
        discussion: """
            A file that ends in # EOF is OpenMetrics, others are text; a URL says itself what it is. \
            Exit status 0 when no line was rejected, 65 when one was, 69 when the URL does not answer.
            """)

    @Argument(help: "A file, or an http:// or https:// URL.")
    var page: String

    @Option(name: .long, help: "text or openmetrics (default: what the page says it is).")
    var format: MetricsLint.Format?

    /// A page of an exporter is megabytes at most.
    private static let sizeLimit = 256 << 20

    func run() async throws {
        do {
            let lint = try await read()
            lint.lines.forEach(Output.line)
            if lint.rejected > 0 { throw ExitCode(ExitStatus.badInput.rawValue) }
        } catch let complaint as Complaint {
            throw complaint.said
        }
    }

    private func read() async throws -> MetricsLint {
        if page.contains("://") {
            do throws(TargetError) {
                return try await MetricsLint.fetch(ScrapeTarget(page), format: format)
            } catch {
                throw Complaint(error.description, error.place == nil ? .usage : .unreachable)
            }
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: page, isDirectory: &isFolder), !isFolder.boolValue else {
            throw Complaint("\(page): \(isFolder.boolValue ? "is a folder" : "there is no such file")", .badInput)
        }
        let size = (try? FileManager.default.attributesOfItem(atPath: page)[.size] as? Int) ?? 0
        guard size <= Self.sizeLimit else { throw Complaint("\(page): is larger than 256 MiB", .badInput) }
        guard let bytes = FileManager.default.contents(atPath: page) else {
            throw Complaint("\(page): cannot be read; check its permissions", .badInput)
        }
        do throws(TargetError) {
            return try MetricsLint(file: page, bytes: [UInt8](bytes), format: format)
        } catch {
            throw Complaint(error.description, .badInput)
        }
    }
}

extension MetricsLint.Format: ExpressibleByArgument {}
