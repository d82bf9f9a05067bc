/*
 * A line console on a UART: prompt, echo, line editing, formatted output. Reads lines of printable
 * ASCII; whatever else arrives is ignored.
 *
 *   CR, LF, CR LF      end of line
 *   BS (0x08), DEL     erase one character
 *   Ctrl-U             erase the line
 *   Ctrl-C             give the line up; while a command runs: end the command
 *   ESC [ ..., ESC O . the sequences of cursor keys, swallowed whole (at most 8 characters)
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "uart.h"

#define CONSOLE_LINE_MAX 80

enum escape_state { ESCAPE_NONE, ESCAPE_FIRST, ESCAPE_SEQUENCE };

struct console {
    struct uart *uart;
    char line[CONSOLE_LINE_MAX + 1];
    uint32_t length;
    bool too_long;      /* characters of this line were dropped: it is answered with an error */
    bool after_return;  /* an LF now belongs to the CR before it */
    enum escape_state escape;
    uint32_t escape_length;
};

/** Formatted output; LF is sent as CR LF. See format.h for what the format may hold. */
__attribute__((format(printf, 2, 3))) void console_format(struct console *console,
                                                          const char *text, ...);

void console_prompt(struct console *console);

/**
 * Edits the line with what has arrived. True when a line is complete: it stands in `line`, ended
 * by a zero; the caller answers it and calls console_prompt(). False when more input is needed.
 */
bool console_take_line(struct console *console);

/** Sleeps until a character waits. Interrupts are enabled again before it returns. */
void console_wait(struct console *console);

/** Whether Ctrl-C is among the characters that wait; if so, all up to it are dropped. */
bool console_interrupted(struct console *console);

#endif
