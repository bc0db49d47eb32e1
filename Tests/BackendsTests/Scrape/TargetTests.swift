// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Testing

@testable import Backends

@Suite struct TargetTests {
    @Test(
        "a URL is read, and /metrics is where no path is given",
        arguments: [
            ("http://127.0.0.1:9100/metrics", "http://127.0.0.1:9100/metrics", "127.0.0.1", "127.0.0.1:9100"),
            ("http://gpu07:9400", "http://gpu07:9400/metrics", "gpu07", "gpu07:9400"),
            ("HTTPS://gpu07.example/x?a=b#c", "https://gpu07.example/x?a=b", "gpu07.example", "gpu07.example/x?a=b"),
            ("http://[::1]:80/", "http://[::1]:80/", "::1", "[::1]:80/"),
            ("http://[2001:db8::1]", "http://[2001:db8::1]/metrics", "2001:db8::1", "[2001:db8::1]"),
            ("http://h?x=1", "http://h/metrics?x=1", "h", "h/metrics?x=1"),
        ])
    func reads(_ text: String, _ url: String, _ host: String, _ name: String) throws {
        let target = try ScrapeTarget(text)
        #expect(target.url == url)
        #expect(target.host == host)
        #expect(target.name == name)
    }

    @Test(
        "what is no URL to scrape is refused with its reason",
        arguments: [
            ("", .scheme), ("gpu07:9400", .scheme), ("ftp://h/x", .scheme), ("file:///etc/passwd", .scheme),
            ("unix:///run/x", .scheme), ("http://", .host), ("http://:9100/metrics", .host), ("http://h:/x", .port),
            ("http://h:0/x", .port), ("http://h:65536/x", .port), ("http://h:9x/x", .port), ("http://h:+9/x", .port),
            ("http://ops:secret@h/metrics", .credentials), ("http://a b/", .characters),
            ("http://h/\u{1b}[2J", .characters),
            ("http://é/", .characters), ("http://h,i/", .host), ("http://[::1/", .host), ("http://[h]/", .host),
            ("http://169.254.169.254/latest/meta-data", .refusedAddress), ("http://169.254.1.2", .refusedAddress),
            ("http://2852039166/", .refusedAddress), ("http://0xa9fea9fe/", .refusedAddress),
            ("http://0251.0376.0251.0376/", .refusedAddress), ("http://169.16689662/", .refusedAddress),
            ("http://[::ffff:169.254.169.254]/", .refusedAddress), ("http://[::ffff:a9fe:a9fe]/", .refusedAddress),
            ("http://[64:ff9b::a9fe:a9fe]/", .refusedAddress), ("http://[fe80::1]/", .refusedAddress),
            ("http://[febf::1]/", .refusedAddress), ("http://[fd00:ec2::254]/", .refusedAddress),
            ("http://100.100.100.200/", .refusedAddress), ("http://0.0.0.0:9100/", .refusedAddress),
            ("http://[::]/", .refusedAddress), ("http://224.0.0.1/", .refusedAddress),
            ("http://255.255.255.255/", .refusedAddress), ("http://[ff02::1]/", .refusedAddress),
            ("http://metadata.google.internal/", .refusedAddress),
        ] as [(String, TargetError.Kind)])
    func refuses(_ text: String, _ kind: TargetError.Kind) {
        #expect { try ScrapeTarget(text) } throws: { error in
            guard let error = error as? TargetError else { return false }
            let isClean = error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7f }
            return error.kind == kind && isClean && !error.description.contains("secret")
        }
    }

    @Test(
        "private and loopback addresses are what operators scrape",
        arguments: ["10.0.0.1", "127.0.0.1", "192.168.1.1", "fd00::1", "::1", "2001:db8::1", "100.100.100.201"])
    func allowed(_ address: String) throws {
        #expect(RefusedAddress.reason(try SocketAddress(ipAddress: address, port: 80)) == nil)
    }

    @Test(
        "the address behind a name is looked at on every connection",
        arguments: ["169.254.169.254", "::ffff:169.254.169.254", "fe80::1", "224.0.0.1"])
    func connection(_ address: String) throws {
        #expect(RefusedAddress.reason(try SocketAddress(ipAddress: address, port: 80)) != nil)
    }

    @Test("a list of targets has one URL per line, comments and blank lines; twice is once")
    func list() throws {
        let text = "# ours\r\n\nhttp://a:9100\r\n  http://b:9400/metrics  # GPUs\n#http://c\nhttp://a:9100/metrics"
        #expect(try TargetList.parse(text, file: "t").map(\.name) == ["a:9100", "b:9400"])
    }

    @Test(
        "a mistake in a list is told with its line",
        arguments: [
            ("http://a\n\nftp://b\n", "t.txt:3: ftp://b is no http:// or https:// URL; write http://HOST:PORT/metrics"),
            ("http://a http://b", "t.txt:1: one URL per line, and a comment begins with #"),
            ("# nothing\n", "t.txt: names no target; write one URL per line"),
            ("", "t.txt: names no target; write one URL per line"),
            (
                "\nhttp://169.254.169.254",
                "t.txt:2: http://169.254.169.254 is refused: it is link-local, where clouds keep their metadata service"
            ),
        ])
    func mistakes(_ text: String, _ expected: String) {
        #expect { try TargetList.parse(text, file: "t.txt") } throws: { "\($0)" == expected }
    }

    @Test(
        "a file that cannot be read is told",
        arguments: [("/no/such/file", "No such file"), ("/", "is not a file"), ("/dev/null", "is not a file")])
    func unreadable(_ path: String, _ words: String) {
        #expect { try TargetList.load(path) } throws: { "\($0)".hasPrefix(path) && "\($0)".contains(words) }
    }
}
