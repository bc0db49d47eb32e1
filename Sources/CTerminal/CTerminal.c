// SPDX-License-Identifier: Apache-2.0

#define _GNU_SOURCE 1
#include "CTerminal.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

// Not through term.h, whose capability names are macros like `columns`.
const char *ct_capability(const char *name) {
    const char *text = tigetstr((char *)name);
    return text == (const char *)-1 ? NULL : text;
}

bool ct_can_address(void) {
    return ct_capability("cup") != NULL && ct_capability("clear") != NULL;
}

const char *ct_scroll_region(int rows) {
    const char *text = ct_capability("csr");
    return text == NULL ? NULL : tparm((char *)text, 0, rows - 1, 0, 0, 0, 0, 0, 0, 0);
}

const char *ct_encoding(void) {
    return nl_langinfo(CODESET);
}

int ct_width(uint32_t scalar) {
    return wcwidth((wchar_t)scalar);
}

int ct_memory_file(const char *name) {
    return memfd_create(name, MFD_CLOEXEC);
}

int ct_event(void) {
    return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

// The device behind a terminal's file, whatever name it was opened by.
static bool same_terminal(int left, int right) {
    unsigned int a = 0, b = 0;
    return ioctl(left, TIOCGDEV, &a) == 0 && ioctl(right, TIOCGDEV, &b) == 0 && a == b;
}

int ct_reopen(int fd) {
    const int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int again = open(path, flags);
    if (again >= 0) return again;
    // After su(1) the device belongs to somebody else, but /dev/tty opens for everyone.
    int reason = errno;
    again = open("/dev/tty", flags);
    if (again >= 0 && same_terminal(again, fd)) return again;
    if (again >= 0) close(again);
    errno = reason;
    return -1;
}

bool ct_window_size(int fd, int *columns, int *rows) {
    struct winsize size = {0};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return false;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return true;
}
