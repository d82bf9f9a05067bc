/*
 * Text commands of terminal mode (IPMI 2.0, section 14.7.8).
 */
#ifndef TERMINAL_TEXT_H
#define TERMINAL_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

/** Whether the line begins with the word SYS. */
bool terminal_is_text(const char *line);

/**
 * Executes a text command and puts its whole answer, brackets included, at *to, which moves on. On
 * any other result than CC_OK nothing is put.
 */
enum completion terminal_text(const char *line, char **to);

/** Reads hex pairs up to the end of the text (terminal.c). */
enum completion terminal_read_hex(const char *text, uint8_t *bytes, uint32_t max_bytes,
                                  uint32_t *size_bytes);

#endif
