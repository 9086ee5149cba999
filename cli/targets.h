/* targets.h - the files that a command line has written: they are not those that it reads, and
 * no two are the same. */
#ifndef CLI_TARGETS_H
#define CLI_TARGETS_H
#include "options.h"

/* Asked before anything is read; model: --model names a file to read. False: *d says which two
 * options are in each other's way. What is no regular file, such as a device, is in nobody's. */
bool targets_are_apart(const args *a, bool model, diag *d);

/* A note for each named pipe that will be read: who has forgotten the other end would wonder. */
void pipes_are_told(const args *a);

/* Could a file be written there? Better now than after an hour's work. */
bool target_takes_a_file(const char *path, diag *d);

#endif
