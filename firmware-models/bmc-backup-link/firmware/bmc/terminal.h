/*
 * Serial terminal mode (IPMI 2.0, section 14.7): lines in brackets, for people and for programs.
 *
 *   [18 00 22]        netFn/LUN, sequence, command, data..: hex pairs, any case, blanks optional
 *   [1C 00 22 00]     its answer: netFn/LUN, sequence, command, completion, data..
 *   [SYS POWER ON]    text commands, answered [OK], [OK text] or [ERR completion]
 *
 * A line is answered when its end of line (CR or LF) comes after the closing bracket, and only
 * then; ESC, or a byte that no line holds, gives it up. BS and DEL take the last character back, a
 * backslash before an end of line goes on in the next line. Nothing is echoed: to clients, an echo
 * would be a line in brackets that they have not asked for.
 */
#ifndef TERMINAL_H
#define TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"

/** Characters between the brackets; IPMI asks for at least 120 (40 bytes, with blanks). */
#define TERMINAL_LINE_MAX 160
/** 40 bytes of message, less header and completion code: what clients must take. */
#define TERMINAL_REPLY_MAX 36
/** Longest answer: SYS HEALTH QUERY -V. */
#define TERMINAL_ANSWER_MAX 256

enum terminal_result { TERMINAL_NOTHING, TERMINAL_LINE };

enum terminal_state {
    TERMINAL_OUTSIDE,
    TERMINAL_INSIDE,
    TERMINAL_CONTINUED, /* a backslash: the end of line is dropped */
    TERMINAL_RESUMED,   /* a CR was dropped: an LF belongs to it */
    TERMINAL_CLOSED,    /* the closing bracket has come */
};

struct terminal {
    enum terminal_state state;
    bool too_long;
    uint8_t size_bytes;
    char line[TERMINAL_LINE_MAX + 1]; /* without brackets, ended by a zero */
};

enum terminal_result terminal_take(struct terminal *terminal, uint8_t byte);

/** Gives an unfinished line up. */
void terminal_abandon(struct terminal *terminal);

/** Executes the line that terminal_take() has found; returns the size of its answer in bytes. */
uint32_t terminal_answer(const struct terminal *terminal, char *answer);

#endif
