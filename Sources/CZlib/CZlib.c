// SPDX-License-Identifier: Apache-2.0
#include "CZlib.h"

#include <stdlib.h>
#include <zlib.h>

int czlib_read_all(const char *path, size_t limit, uint8_t **bytes, size_t *count, int *was_gzip) {
    *bytes = NULL;
    *count = 0;
    *was_gzip = 0;
    gzFile file = gzopen(path, "rb");
    if (file == NULL) return CZLIB_CANNOT_OPEN;
    size_t capacity = 1 << 16;
    size_t used = 0;
    uint8_t *buffer = malloc(capacity);
    int result = buffer == NULL ? CZLIB_NO_MEMORY : CZLIB_OK;
    while (result == CZLIB_OK) {
        if (used == capacity) {
            uint8_t *larger = realloc(buffer, capacity * 2);
            if (larger == NULL) {
                result = CZLIB_NO_MEMORY;
                break;
            }
            buffer = larger;
            capacity *= 2;
        }
        size_t room = capacity - used;
        int got = gzread(file, buffer + used, room > (1 << 30) ? (1 << 30) : (unsigned)room);
        if (got < 0) {
            result = CZLIB_CORRUPT;
            break;
        }
        if (got == 0) break;
        used += (size_t)got;
        if (used > limit) result = CZLIB_TOO_LARGE;
    }
    *was_gzip = !gzdirect(file);
    // A gzip file that ends in the middle reads as if it were complete; only gzclose tells.
    if (gzclose_r(file) != Z_OK && result == CZLIB_OK) result = CZLIB_CORRUPT;
    if (result != CZLIB_OK || used == 0) {
        free(buffer);
        return result;
    }
    *bytes = buffer;
    *count = used;
    return CZLIB_OK;
}

void czlib_free(uint8_t *bytes) { free(bytes); }
