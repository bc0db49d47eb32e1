// SPDX-License-Identifier: Apache-2.0
#include "CZlib.h"

#include <stdlib.h>
#include <zlib.h>

/// Doubles a buffer, never beyond one byte more than `limit`: that one tells "full" from "too large".
static int grow(uint8_t **buffer, size_t *capacity, size_t limit) {
    size_t larger = *capacity > limit / 2 ? limit + 1 : *capacity * 2;
    if (larger <= *capacity) return CZLIB_TOO_LARGE;
    uint8_t *moved = realloc(*buffer, larger);
    if (moved == NULL) return CZLIB_NO_MEMORY;
    *buffer = moved;
    *capacity = larger;
    return CZLIB_OK;
}

int czlib_inflate(const uint8_t *body, size_t length, size_t limit, uint8_t **bytes, size_t *count) {
    *bytes = NULL;
    *count = 0;
    if (length > UINT32_MAX / 2 || limit > UINT32_MAX / 2) return CZLIB_TOO_LARGE;
    z_stream stream = {0};
    // 15: the largest window; 32: gzip or zlib, whichever the header says.
    if (inflateInit2(&stream, 15 + 32) != Z_OK) return CZLIB_NO_MEMORY;
    size_t capacity = limit < 65536 ? limit + 1 : 65536;
    size_t used = 0;
    uint8_t *buffer = malloc(capacity);
    int result = buffer == NULL ? CZLIB_NO_MEMORY : CZLIB_OK;
    stream.next_in = (Bytef *)body;
    stream.avail_in = (uInt)length;
    int state = Z_OK;
    while (result == CZLIB_OK && state != Z_STREAM_END) {
        if (used == capacity && (result = grow(&buffer, &capacity, limit)) != CZLIB_OK) break;
        stream.next_out = buffer + used;
        stream.avail_out = (uInt)(capacity - used);
        uInt before = stream.avail_in;
        state = inflate(&stream, Z_NO_FLUSH);
        size_t now = capacity - stream.avail_out;
        int moved = now != used || stream.avail_in != before;
        used = now;
        if (used > limit) result = CZLIB_TOO_LARGE;
        else if (state != Z_OK && state != Z_STREAM_END && !(state == Z_BUF_ERROR && moved)) result = CZLIB_CORRUPT;
        // The body ended before its stream did.
        else if (state != Z_STREAM_END && stream.avail_in == 0 && stream.avail_out != 0) result = CZLIB_CORRUPT;
        // A gzip body may hold several members, one after the other.
        else if (state == Z_STREAM_END && stream.avail_in > 0 && inflateReset(&stream) == Z_OK) state = Z_OK;
    }
    inflateEnd(&stream);
    if (result != CZLIB_OK || used == 0) {
        free(buffer);
        return result;
    }
    *bytes = buffer;
    *count = used;
    return CZLIB_OK;
}
