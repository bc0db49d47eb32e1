// SPDX-License-Identifier: Apache-2.0
//
// What Swift cannot reach by itself: the wide half of ncurses, calls that Glibc's module hides, and everything that must
// be async-signal-safe. Nothing here decides; NcursesTerminal does.
#pragma once

// Before any header of the system: they choose the wide API, and a module map cannot pass them.
#define _XOPEN_SOURCE_EXTENDED 1
#define NCURSES_WIDECHAR 1

#include <ncursesw/curses.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// --- ncurses: what is a macro or a plain global variable there ---

static inline WINDOW *ct_window(void) { return stdscr; }
static inline WINDOW *ct_glass(void) { return curscr; }
static inline int ct_colours(void) { return COLORS; }
static inline int ct_pairs(void) { return COLOR_PAIRS; }

static const attr_t CT_BOLD = A_BOLD;
static const attr_t CT_DIM = A_DIM;
static const attr_t CT_REVERSE = A_REVERSE;
static const attr_t CT_UNDERLINE = A_UNDERLINE;

/// The attributes of a cell with its colour pair in the bits that old code reads; pairs above 255 are in `ext_color` alone.
static inline attr_t ct_attributes(attr_t attributes, int pair) {
    return attributes | (attr_t)COLOR_PAIR(pair > 255 ? 255 : pair);
}

/// Whether the terminal that newterm has opened can put the cursor somewhere.
bool ct_can_address(void);

/// The encoding of the present locale, `UTF-8` in most.
const char *ct_encoding(void);
/// A text of the terminal's description, `$<5>` marks of padding included; NULL when it has none. Valid until the next call.
const char *ct_capability(const char *name);

/// What makes so many rows scroll as one, the terminal's whole; NULL where it has no such thing. Valid until the next call.
const char *ct_scroll_region(int rows);

/// Columns that the C library, and so ncurses, gives a scalar in the present locale; -1 when it would not print it.
int ct_width(uint32_t scalar);

// --- files ---

/// A file in memory, closed on exec; -1 with errno.
int ct_memory_file(const char *name);
/// A counter that poll(2) can wait for, non-blocking; -1 with errno.
int ct_event(void);
/// Opens once more what `fd` is open on, non-blocking, so that the flag is not shared with the shell; -1 with errno.
int ct_reopen(int fd);
/// Columns and rows that the terminal says it has; false when it says none.
bool ct_window_size(int fd, int *columns, int *rows);

// --- the terminal's own state ---

/// Remembers the modes of the terminal, and what takes back everything this program switches on. From here until
/// ct_give_back every way of dying that a handler can see gives the terminal back.
/// `in` and `out` stay open until then; `text` is copied. -1 with errno.
int ct_take(int in, int out, const char *text, size_t length);
/// Reads the remembered modes anew, after somebody else had the terminal.
void ct_remember_modes(void);
/// Raw: every key is a byte, nothing is echoed, nothing becomes a signal. -1 with errno.
int ct_enter_raw(void);
/// The remembered modes, at once: waiting for output could take for ever. -1 with errno.
int ct_leave_raw(void);
/// Async-signal-safe and idempotent: stops our output, writes the text of ct_take, restores modes and stderr.
void ct_give_back(void);
/// The same when the text has been written already.
void ct_given_back(void);

/// Async-signal-safe: from here on stdin is at its end.
void ct_close_ears(void);

/// While the dashboard is on the screen, what anybody writes to a stderr on the same screen is kept in memory,
/// and printed when the terminal is given back.
void ct_hold_stderr(void);
/// Keeps the memory of held stderr bounded; cheap enough for every frame.
void ct_trim_stderr(void);

// --- signals ---

/// From here on INT, TERM, QUIT, HUP, WINCH, CONT and TSTP set a bit and wake the counter `wake`, and a crash gives the
/// terminal back. HUP and TSTP that were ignored stay ignored: nohup, and a parent without job control.
void ct_watch_signals(int wake);
/// Puts back what was there before ct_watch_signals.
void ct_unwatch_signals(void);
/// The signals since the last call, one bit each: 1 << number.
uint64_t ct_take_signals(void);
/// Stops the process group as Ctrl-Z does and returns when it goes on; at once where nobody could wake it up.
void ct_stop_group(void);
/// Dies of a signal, so that the exit status tells it.
_Noreturn void ct_die(int signal);
