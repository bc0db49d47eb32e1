// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stddef.h>
#include <stdint.h>

/// What `czlib_read_all` found.
enum czlib_result {
    CZLIB_OK = 0,
    CZLIB_CANNOT_OPEN = 1,  ///< errno says why.
    CZLIB_CORRUPT = 2,      ///< gzip, but broken or cut short.
    CZLIB_TOO_LARGE = 3,    ///< More than `limit` bytes once inflated.
    CZLIB_NO_MEMORY = 4,
};

/// Reads a whole file, plain or gzip, into memory that `czlib_free` gives back.
///
/// `was_gzip` tells which of the two it was. `*bytes` is NULL unless the result is CZLIB_OK and the file is not empty.
int czlib_read_all(const char *path, size_t limit, uint8_t **bytes, size_t *count, int *was_gzip);

/// Inflates a gzip or zlib body that is whole in memory into memory that `czlib_free` gives back.
///
/// Stops with CZLIB_TOO_LARGE as soon as the inflated bytes pass `limit`. `*bytes` is NULL unless the result is CZLIB_OK and there is something in it.
int czlib_inflate(const uint8_t *body, size_t length, size_t limit, uint8_t **bytes, size_t *count);

void czlib_free(uint8_t *bytes);
