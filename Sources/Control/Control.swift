// SPDX-License-Identifier: Apache-2.0
import Crypto
func probe() -> Int { SHA256.byteCount }
