// SPDX-License-Identifier: Apache-2.0
#ifndef CSPAWN_H
#define CSPAWN_H

#include <spawn.h>

/// A pipe whose ends no other program inherits, whenever it is started. 0, or -1 with errno.
int cspawn_pipe(int ends[2]);

/// Has the child close every descriptor from `first` on. 0, or an error number.
int cspawn_close_from(posix_spawn_file_actions_t *actions, int first);

#endif
