/*
 * The line console (console.h). All memory is in `struct console` and in the UART's rings.
 */
#include "console.h"

#include <stdarg.h>

#include "cpu.h"
#include "format.h"

#define CTRL_C 0x03
#define BACKSPACE 0x08
#define CTRL_U 0x15
#define ESCAPE 0x1b
#define DELETE 0x7f
/** Longest sequence of a key of common terminals, e.g. ESC [ 2 4 ; 5 ~, with room to spare. */
#define ESCAPE_MAX 8

static void put_bytes(struct console *console, const char *bytes, uint32_t size_bytes)
{
    uart_write(console->uart, (const uint8_t *)bytes, size_bytes);
}

static void put(void *context, char character)
{
    if (character == '\n')
        put_bytes(context, "\r\n", 2);
    else
        put_bytes(context, &character, 1);
}

void console_format(struct console *console, const char *text, ...)
{
    va_list arguments;
    va_start(arguments, text);
    format_to(put, console, text, arguments);
    va_end(arguments);
}

void console_prompt(struct console *console)
{
    console->length = 0;
    console->too_long = false;
    put_bytes(console, "> ", 2);
}

/**
 * Echo, which may make the program wait for the line. While more input waits than half the ring
 * holds there is no echo: a flood of input is then dealt with as fast as it comes, and nothing of
 * it is lost as long as the answers are shorter than the questions.
 */
static void echo(struct console *console, const char *bytes, uint32_t size_bytes)
{
    const struct ring *rx = console->uart->rx;
    if (ring_count(rx) <= rx->size_bytes / 2)
        put_bytes(console, bytes, size_bytes);
}

static void erase(struct console *console, uint32_t count)
{
    while (count-- > 0 && console->length > 0) {
        console->length--;
        echo(console, "\b \b", 3);
    }
}

/** True if the byte belongs to a cursor key's sequence and is thereby dealt with. */
static bool swallow_escape(struct console *console, uint8_t byte)
{
    if (byte == ESCAPE) {
        console->escape = ESCAPE_FIRST;
        console->escape_length = 0;
        return true;
    }
    if (console->escape == ESCAPE_NONE)
        return false;
    if (byte < ' ' || ++console->escape_length > ESCAPE_MAX) {
        console->escape = ESCAPE_NONE;
        return false;
    }
    if (console->escape == ESCAPE_FIRST && (byte == '[' || byte == 'O'))
        console->escape = ESCAPE_SEQUENCE;
    else if (console->escape == ESCAPE_FIRST || byte >= '@')
        console->escape = ESCAPE_NONE;
    return true;
}

static void add(struct console *console, uint8_t byte)
{
    if (byte < ' ' || byte > '~')
        return;
    if (console->length == CONSOLE_LINE_MAX) {
        console->too_long = true;
        return;
    }
    const char character = (char)byte;
    console->line[console->length++] = character;
    echo(console, &character, 1);
}

/** One line of input is complete: ends it on the screen; false if there is nothing to answer. */
static bool finish(struct console *console)
{
    put_bytes(console, "\r\n", 2);
    console->line[console->length] = '\0';
    if (!console->too_long)
        return true;
    console_format(console, "error: line longer than %d characters\n", CONSOLE_LINE_MAX);
    console_prompt(console);
    return false;
}

static bool edit(struct console *console, uint8_t byte)
{
    if (swallow_escape(console, byte))
        return false;
    const bool after_return = console->after_return;
    console->after_return = byte == '\r';
    switch (byte) {
    case '\n':
        return !after_return && finish(console);
    case '\r':
        return finish(console);
    case BACKSPACE:
    case DELETE:
        erase(console, 1);
        return false;
    case CTRL_U:
        erase(console, CONSOLE_LINE_MAX);
        console->too_long = false;
        return false;
    case CTRL_C:
        put_bytes(console, "^C\r\n", 4);
        console_prompt(console);
        return false;
    default:
        add(console, byte);
        return false;
    }
}

bool console_take_line(struct console *console)
{
    while (ring_count(console->uart->rx) != 0) {
        if (edit(console, ring_take(console->uart->rx)))
            return true;
    }
    return false;
}

void console_wait(struct console *console)
{
    for (;;) {
        const uint32_t state = interrupts_mask();
        const bool waiting = ring_count(console->uart->rx) != 0;
        if (!waiting)
            sleep_masked();
        interrupts_restore(state);
        if (waiting)
            return;
    }
}

bool console_interrupted(struct console *console)
{
    struct ring *rx = console->uart->rx;
    const uint32_t count = ring_count(rx);
    for (uint32_t i = 0; i < count; i++) {
        if (ring_peek(rx, i) != CTRL_C)
            continue;
        while (i-- + 1 > 0)
            (void)ring_take(rx);
        return true;
    }
    return false;
}
