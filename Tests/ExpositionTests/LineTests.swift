// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Exposition

/// A sample as a person would write it down.
private func spell(_ page: ExpositionPage, _ sample: Sample) -> String {
    let labels = sample.labels.map { index in
        let label = page.labels[Int(index)]
        return "\(page.string(label.name))=\(page.string(label.value))"
    }
    let time = sample.timestamp.isNaN ? "" : " @\(sample.timestamp)"
    return "\(page.string(sample.name))[\(labels.joined(separator: "|"))] \(sample.value)\(time)"
}

@Suite struct LineTests {
    @Test(
        "a line is read as it is meant, however it is written",
        arguments: [
            ("up 1", "up[] 1.0"),
            ("up\t 1 ", "up[] 1.0"),
            ("  \tup{} 1", "up[] 1.0"),
            ("up{}1", "up[] 1.0"),
            ("up 1\r", "up[] 1.0"),
            ("a:b_c9 -0.0", "a:b_c9[] -0.0"),
            ("vllm:x{engine=\"0\",model_name=\"m\"} 2", "vllm:x[engine=0|model_name=m] 2.0"),
            ("x{a=\"b\",} 1", "x[a=b] 1.0"),
            ("x { a = \"b\" , c = \"d\" } 1", "x[a=b|c=d] 1.0"),
            ("x{a=\"q\\\"s\\\\t\\nu\"} 1", "x[a=q\"s\\t\nu] 1.0"),
            ("x{a=\"C:\\dir\\\\\"} 1", "x[a=C:\\dir\\] 1.0"),
            ("x{a=\"},# {=\\\",\"} 1", "x[a=},# {=\",] 1.0"),
            ("x{a=\"\"} 1", "x[a=] 1.0"),
            ("x{a=\"é中\"} 1", "x[a=é中] 1.0"),
            ("x 1 1500", "x[] 1.0 @1.5"),
            ("x 1 -1500", "x[] 1.0 @-1.5"),
            ("x_bucket{le=\"+Inf\"} 5 # {trace=\"a}\\\" b\"} 0.5 1.2", "x_bucket[le=+Inf] 5.0"),
            ("x 5 1000 # {} 1", "x[] 5.0 @1.0"),
            ("{\"a.b\"} 1", "a.b[] 1.0"),
            ("{\"a.b\",\"gpu.model\"=\"H100\",c=\"d\"} 1", "a.b[gpu.model=H100|c=d] 1.0"),
            ("{c=\"d\",\"a \\\"b\"} 1", "a \"b[c=d] 1.0"),
        ])
    func reads(_ line: String, _ expected: String) {
        let page = ExpositionPage(parsing: Array((line + "\n").utf8))
        #expect(page.samples.map { spell(page, $0) } == [expected])
        #expect(page.report.rejected == 0)
    }

    @Test(
        "numbers are read as Go reads them",
        arguments: [
            ("0", 0), ("1", 1), ("+1", 1), ("-1", -1), ("1.", 1), (".5", 0.5), ("-0.0", -0.0), ("1e3", 1000),
            ("1E+3", 1000), ("1e-3", 0.001), ("1e+12", 1e12), ("1.7953919403220215e+09", 1.7953919403220215e+09),
            ("0.1", 0.1), ("0.3", 0.3), ("123456789012345678", 123_456_789_012_345_680),
            ("9007199254740993", 9_007_199_254_740_992), ("12345678901234567890123", 1.2345678901234568e+22),
            ("0.000000000000000000000000000001", 1e-30), ("1e22", 1e22), ("1e23", 1e23),
            ("4.9e-324", .leastNonzeroMagnitude),
            ("1e-400", 0), ("1.7976931348623157e308", 1.7976931348623157e308), ("00012", 12), ("+Inf", .infinity),
            ("inf", .infinity), ("-INF", -.infinity), ("-Infinity", -.infinity), ("0.00000e5", 0),
            ("0.7435897435897436", 0.7435897435897436), ("1.844674407370955e+19", 1.844674407370955e+19),
        ] as [(String, Double)])
    func numbers(_ text: String, _ expected: Double) {
        let page = ExpositionPage(parsing: Array("x \(text)\n".utf8))
        #expect(page.samples.first?.value.bitPattern == expected.bitPattern)
    }

    @Test("NaN is a value, in any case", arguments: ["NaN", "nan", "NAN"])
    func notANumber(_ text: String) {
        #expect(ExpositionPage(parsing: Array("x \(text)\n".utf8)).samples.first?.value.isNaN == true)
    }

    @Test(
        "a bad line costs that line and says why",
        arguments: [
            ("x", .noValue), ("x{a=\"b\"}", .noValue), ("x 0x10", .badValue), ("x 1_000", .badValue),
            ("x +NaN", .badValue), ("x 1e", .badValue), ("x .", .badValue), ("x 1e400", .badValue),
            ("x 1,5", .badValue), ("x --1", .badValue), ("x e5", .badValue), ("x 1 soon", .badTimestamp),
            ("x 1 2 3", .trailing), ("9x 1", .badName), ("x-y 1", .badName), ("é 1", .badName),
            ("{a=\"b\"} 1", .noName), ("{} 1", .noName), ("x{a=\"b\" 1", .badLabel), ("x{a=b} 1", .badLabel),
            ("x{a} 1", .badLabel), ("x{=\"b\"} 1", .badLabel), ("x{,} 1", .badLabel), ("x{a=\"b\",,} 1", .badLabel),
            ("x{a:b=\"c\"} 1", .badLabel), ("x{\"y\"} 1", .badLabel), ("x{a=\"b", .openQuote),
            ("x{a=\"b\\\"} 1", .openQuote), ("x{a=\"b\\", .openQuote), ("x{a=\"b\",", .openBrace), ("x{", .openBrace),
            ("x{pod=\"my \"pod\"\"} 1", .badLabel), ("# TYPE x speed", .badType), ("# TYPE", .badType),
            ("x {count:3,sum:4}", .badLabel),
        ] as [(String, LineProblem)])
    func refuses(_ line: String, _ problem: LineProblem) {
        let page = ExpositionPage(parsing: Array("before 1\n\(line)\nafter 2\n".utf8))
        #expect(page.samples.map(\.value) == [1, 2])
        #expect(page.report.first == [.init(line: 2, problem: problem)])
        #expect(page.report.rejected == 1)
    }

    @Test("comments, blank lines and odd comments are no samples and no mistakes")
    func comments() {
        let text = "\n \t\n#\n#TYPE x gauge\n# HELP x a \\\\ b \\n c\n# some words\n# UNIT x seconds\r\nx 1\n# EOF\n"
        let page = ExpositionPage(parsing: Array(text.utf8))
        #expect(page.samples.count == 1)
        #expect(page.report.rejected == 0)
        #expect(page.report.sawEnd)
        #expect(page.families.isEmpty)
    }

    @Test("the last line without its end is taken as cut off, a comment is not")
    func cutOff() {
        let cut = ExpositionPage(parsing: Array("a 1\nb 12".utf8))
        #expect(cut.samples.map(\.value) == [1])
        #expect(cut.report.first == [.init(line: 2, problem: .cutOff)])
        #expect(ExpositionPage(parsing: Array("a 1\n# EOF".utf8), format: .openMetrics).report.rejected == 0)
    }

    @Test("only the first few rejected lines are kept, all are counted")
    func manyRejected() {
        let page = ExpositionPage(parsing: Array(String(repeating: "bad\n", count: 100).utf8))
        #expect(page.report.rejected == 100)
        #expect(page.report.first.map(\.line) == [1, 2, 3, 4, 5])
    }
}
