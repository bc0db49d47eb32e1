// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Where a daemon's socket may lie: a directory of ours that nobody else can write, never one that everybody can.
enum SocketPath {
    /// The kernel's limit, the closing zero included.
    static let longest = 107

    static func address(_ path: String) throws(LinkError) -> sockaddr_un {
        guard path.hasPrefix("/"), !path.utf8.contains(0) else {
            throw LinkError(.unusable, "the socket '\(path)' is no absolute path: begin it with '/'")
        }
        let bytes = Array(path.utf8)
        guard bytes.count <= longest else {
            throw LinkError(
                .unusable,
                "the socket's path has \(bytes.count) bytes and the system allows \(longest): \(path); name a shorter one"
            )
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { place in
            for (index, byte) in bytes.enumerated() { place[index] = byte }
        }
        return address
    }

    /// The folder of a path.
    static func folder(of path: String) -> String {
        let folder = path.split(separator: "/").dropLast().joined(separator: "/")
        return "/" + folder
    }

    /// Makes the folder with mode 0750 where it is missing, and looks whose it is.
    static func prepare(folder: String) throws(LinkError) {
        var made = ""
        for part in folder.split(separator: "/") {
            made += "/" + part
            // What is missing above it is ours as well.
            guard mkdir(made, 0o750) != 0, errno != EEXIST else { continue }
            var status = stat()
            guard stat(made, &status) != 0 else { continue }
            throw LinkError(
                .unusable, "the folder \(made) cannot be made: \(SystemWords.text(errno)); name another with --socket")
        }
        var status = stat()
        guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw LinkError(.unusable, "\(folder) is a link or no folder: name the real one with --socket")
        }
        guard status.st_uid == geteuid() else {
            throw LinkError(
                .unusable,
                "\(folder) belongs to the user number \(status.st_uid), not to you: name another with --socket")
        }
        guard status.st_mode & S_ISVTX == 0 else {
            throw LinkError(.unusable, "\(folder) is everybody's: name a folder of your own with --socket")
        }
        guard status.st_mode & (S_IWGRP | S_IWOTH) == 0 else {
            throw LinkError(
                .unusable,
                "\(folder) can be written by others, who could put a socket of theirs there: 'chmod go-w \(folder)'")
        }
    }

    /// Calls what takes the address of a socket.
    static func with(_ address: sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
