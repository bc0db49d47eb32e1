// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import NIOCore
func probe() -> HTTPClient { HTTPClient.shared }
