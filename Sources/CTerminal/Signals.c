// SPDX-License-Identifier: Apache-2.0
//
// Signals. The handlers only set a bit and wake the UI thread, or, in a crash, give the terminal back.

#define _GNU_SOURCE 1
#include "CTerminal.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const int told[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGWINCH, SIGCONT, SIGTSTP, SIGALRM};
static const int fatal[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
static struct sigaction told_before[COUNT(told)], fatal_before[COUNT(fatal)];
static bool is_watching;

static atomic_ullong raised;
static atomic_int ending;
static int counter = -1;

static bool ends_program(int signal) {
    return signal == SIGINT || signal == SIGTERM || signal == SIGQUIT || signal == SIGHUP;
}

static void on_told(int signal) {
    int reason = errno;
    // The UI thread had a second to end the program and did not.
    if (signal == SIGALRM) {
        ct_give_back();
        ct_die(atomic_load(&ending) != 0 ? atomic_load(&ending) : SIGTERM);
    }
    if (ends_program(signal)) {
        atomic_store(&ending, signal);
        alarm(1);
    }
    atomic_fetch_or(&raised, 1ULL << signal);
    const uint64_t one = 1;
    // ignored because a counter that is full wakes as well.
    if (write(counter, &one, sizeof one) < 0) errno = reason;
    errno = reason;
}

// A fault: with the old action back, returning runs the faulting instruction again, under Swift's backtracer, which
// returns as well, and then into the kernel's default. A signal that somebody sent has no instruction to repeat: it is
// raised again by its default. abort() raises a second time by itself.
static void on_fatal(int signal, siginfo_t *info, void *context) {
    (void)context;
    ct_give_back();
    // The backtracer must not wait for a key: its prompt ends where stdin ends.
    ct_close_ears();
    bool is_fault = info->si_code > 0;
    bool is_abort = signal == SIGABRT && info->si_code == SI_TKILL && info->si_pid == getpid();
    if (!is_fault && !is_abort) ct_die(signal);
    for (size_t i = 0; i < COUNT(fatal); i++)
        if (fatal[i] == signal) sigaction(signal, &fatal_before[i], NULL);
    if (is_abort) raise(signal);
}

// The main thread's own stack may be what overflowed. Swift's backtracer has brought one where it is on.
static void give_spare_stack(void) {
    static char stack[64 * 1024];
    stack_t now;
    if (sigaltstack(NULL, &now) != 0 || !(now.ss_flags & SS_DISABLE)) return;
    const stack_t spare = {.ss_sp = stack, .ss_size = sizeof stack};
    sigaltstack(&spare, NULL);
}

static bool is_ignored(int signal) {
    struct sigaction now;
    return sigaction(signal, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

void ct_watch_signals(int wake) {
    if (is_watching) return;
    is_watching = true;
    counter = wake;
    atomic_store(&raised, 0);
    atomic_store(&ending, 0);
    give_spare_stack();
    struct sigaction action = {.sa_handler = on_told, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    for (size_t i = 0; i < COUNT(told); i++) {
        bool may_stay_ignored = told[i] == SIGHUP || told[i] == SIGTSTP;
        sigaction(told[i], NULL, &told_before[i]);
        if (!(may_stay_ignored && is_ignored(told[i]))) sigaction(told[i], &action, NULL);
    }
    struct sigaction crash = {.sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigfillset(&crash.sa_mask);
    for (size_t i = 0; i < COUNT(fatal); i++) sigaction(fatal[i], &crash, &fatal_before[i]);
}

void ct_unwatch_signals(void) {
    if (!is_watching) return;
    is_watching = false;
    alarm(0);
    for (size_t i = 0; i < COUNT(told); i++) sigaction(told[i], &told_before[i], NULL);
    for (size_t i = 0; i < COUNT(fatal); i++) sigaction(fatal[i], &fatal_before[i], NULL);
}

uint64_t ct_take_signals(void) {
    return atomic_exchange(&raised, 0);
}

void ct_stop_group(void) {
    if (is_ignored(SIGTSTP)) return;
    struct sigaction stop = {.sa_handler = SIG_DFL}, ours;
    sigaction(SIGTSTP, &stop, &ours);
    const unsigned long long went_on = 1ULL << SIGCONT;
    atomic_fetch_and(&raised, ~went_on);
    // The group, as the terminal's driver does it.
    kill(0, SIGTSTP);
    // The stop may come a moment later, on another thread. In a group without a shell it does not come at all.
    for (int waits = 0; waits < 10 && !(atomic_load(&raised) & went_on); waits++) poll(NULL, 0, 10);
    sigaction(SIGTSTP, &ours, NULL);
}

_Noreturn void ct_die(int signal) {
    struct sigaction natural = {.sa_handler = SIG_DFL};
    sigaction(signal, &natural, NULL);
    sigset_t only;
    sigemptyset(&only);
    sigaddset(&only, signal);
    pthread_sigmask(SIG_UNBLOCK, &only, NULL);
    raise(signal);
    // A signal that does not kill by nature.
    _exit(128 + signal);
}
