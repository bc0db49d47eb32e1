// SPDX-License-Identifier: Apache-2.0

import Backends
import Testing

@Suite("Rights in Slurm")
struct SlurmRightsTests {
    private func configuration(_ storage: String) -> String {
        """
        Configuration data as of 2026-11-28T14:00:00
        AccountingStorageType   = accounting_storage/\(storage)
        SlurmUser               = slurm(64030)
        SlurmdUser              = root(0)
        """
    }

    @Test("root and SlurmUser may; whoever else is told what is missing")
    func verdicts() {
        let none = configuration("none")
        #expect(SlurmRights.verdict(none, user: 0, name: "root") == .may)
        #expect(SlurmRights.verdict(none, user: 64030, name: "slurm") == .may)
        let sentence = "eve may not change Slurm's nodes and partitions: that needs root or slurm (SlurmUser)"
        #expect(SlurmRights.verdict(none, user: 1000, name: "eve") == .mayNot(sentence))
        #expect(
            SlurmRights.verdict(configuration("slurmdbd"), user: 1000, name: "eve")
                == .perhaps(sentence + ", or an Administrator of slurmdbd"))
        #expect(SlurmRights.verdict("", user: 1000, name: "eve") == .unknown)
    }
}
