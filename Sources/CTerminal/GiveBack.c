// SPDX-License-Identifier: Apache-2.0
//
// Giving the terminal back. Everything that ct_give_back reaches is async-signal-safe: it runs in the handler of a crash.

#define _GNU_SOURCE 1
#include "CTerminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

// Written by the UI thread while `taken` is false, read by anybody who has changed it from true to false.
static struct termios remembered;
static char restore_text[256];
static size_t restore_length;
static int input = -1, output = -1, last_words = -1, nowhere = -1;
static atomic_bool taken;

static int held_stderr = -1, real_stderr = -1;
static atomic_bool holding;

// Enough for a terminal that is only slow; less than the second within which the program has to be gone.
enum { patience_ms = 300, longest_replay = 64 * 1024, longest_held = 1024 * 1024 };

static int set_modes(const struct termios *modes) {
    int result;
    do result = tcsetattr(input, TCSANOW, modes);
    while (result != 0 && errno == EINTR);
    return result;
}

int ct_take(int in, int out, const char *text, size_t length) {
    static bool registered;
    if (length > sizeof restore_text) return errno = E2BIG, -1;
    if (tcgetattr(in, &remembered) != 0) return -1;
    if (nowhere < 0) nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (last_words >= 0) close(last_words);
    last_words = fcntl(out, F_DUPFD_CLOEXEC, 3);
    if (nowhere < 0 || last_words < 0) return -1;
    memcpy(restore_text, text, length);
    restore_length = length;
    input = in;
    output = out;
    // Somebody may call exit() on another thread.
    if (!registered) atexit(ct_give_back);
    registered = true;
    atomic_store(&taken, true);
    return 0;
}

void ct_remember_modes(void) {
    struct termios modes;
    if (tcgetattr(input, &modes) == 0) remembered = modes;
}

int ct_enter_raw(void) {
    struct termios raw = remembered;
    cfmakeraw(&raw);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    return set_modes(&raw);
}

int ct_leave_raw(void) {
    return set_modes(&remembered);
}

static void say(int fd, const char *text, size_t length) {
    int waits = 0;
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        } else if (written < 0 && errno == EINTR) {
            continue;
        } else if (written < 0 && errno == EAGAIN && waits++ < patience_ms / 10) {
            // Not one long poll: another thread's write in progress gives EAGAIN while poll says "ready".
            struct pollfd room = {.fd = fd, .events = POLLOUT};
            if (poll(&room, 1, 10) == 1) poll(NULL, 0, 1);
        } else {
            return;
        }
    }
}

// Held text comes from anywhere: no control byte of it reaches the terminal, nor a C1 control written in UTF-8.
static void disarm(unsigned char *text, ssize_t length, unsigned char *before) {
    for (ssize_t i = 0; i < length; i++) {
        unsigned char byte = text[i];
        bool is_control = (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f;
        bool is_c1 = *before == 0xc2 && byte >= 0x80 && byte < 0xa0;
        if (is_control || is_c1) text[i] = '?';
        *before = byte;
    }
}

static void release_stderr(void) {
    if (!atomic_exchange(&holding, false)) return;
    dup2(real_stderr, STDERR_FILENO);
    struct stat status;
    off_t from = 0;
    if (fstat(held_stderr, &status) == 0 && status.st_size > longest_replay) from = status.st_size - longest_replay;
    unsigned char buffer[1024], before = 0;
    ssize_t count;
    while ((count = pread(held_stderr, buffer, sizeof buffer, from)) > 0) {
        disarm(buffer, count, &before);
        // To the terminal's own non-blocking file: stderr itself could block for ever.
        say(last_words, (const char *)buffer, (size_t)count);
        from += count;
    }
}

void ct_give_back(void) {
    if (!atomic_exchange(&taken, false)) return;
    int reason = errno;
    // What the UI thread may still write must not come after the last words.
    dup2(nowhere, output);
    say(last_words, restore_text, restore_length);
    set_modes(&remembered);
    release_stderr();
    errno = reason;
}

void ct_given_back(void) {
    if (!atomic_exchange(&taken, false)) return;
    set_modes(&remembered);
    release_stderr();
}

void ct_close_ears(void) {
    dup2(nowhere, STDIN_FILENO);
}

void ct_hold_stderr(void) {
    struct stat mine, theirs;
    if (atomic_load(&holding) || !isatty(STDERR_FILENO)) return;
    if (fstat(STDERR_FILENO, &mine) != 0 || fstat(last_words, &theirs) != 0 || mine.st_rdev != theirs.st_rdev) return;
    if (held_stderr >= 0) close(held_stderr);
    if (real_stderr >= 0) close(real_stderr);
    held_stderr = ct_memory_file("stderr");
    real_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (held_stderr < 0 || real_stderr < 0) return;
    fcntl(held_stderr, F_SETFL, O_APPEND);
    if (dup2(held_stderr, STDERR_FILENO) >= 0) atomic_store(&holding, true);
}

void ct_trim_stderr(void) {
    struct stat status;
    if (!atomic_load(&holding) || fstat(held_stderr, &status) != 0 || status.st_size <= longest_held) return;
    // ignored because memory is all that is at stake.
    if (ftruncate(held_stderr, 0) != 0) return;
}
