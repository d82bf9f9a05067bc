/*
 * The commands of the console board, one row each. A command takes the rest of its line, without
 * leading blanks, and answers in lines of text; a wrong argument is answered with its usage.
 */
#include <stdbool.h>
#include <stddef.h>

#include "console_board.h"
#include "cpu.h"
#include "fatal.h"
#include "hash.h"
#include "libc.h"
#include "timer.h"

/** Half a minute of work: Ctrl-C ends it earlier. */
#define HASH_ROUNDS_MAX 5000000u
#define ROUNDS_BETWEEN_LOOKS 64u

struct command {
    const char *name;
    const char *usage;
    const char *meaning;
    bool (*run)(struct board *board, char *argument); /* false: the argument is wrong */
};

/** Reads a number, decimal or 0x hex, that is all of `text` and at most `limit`. */
static bool read_number(const char *text, uint32_t limit, uint32_t *number)
{
    const bool hex = text[0] == '0' && (text[1] | 0x20) == 'x';
    const uint32_t base = hex ? 16 : 10;
    uint64_t value = 0;
    text += hex ? 2 : 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        const uint32_t letter = (uint32_t)(*text | 0x20);
        const uint32_t digit = *text >= '0' && *text <= '9'     ? (uint32_t)(*text - '0')
                               : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                                                : base;
        if (digit >= base)
            return false;
        value = value * base + digit;
        if (value > limit)
            return false;
    }
    *number = (uint32_t)value;
    return true;
}

static void print_uptime(struct board *board)
{
    const uint64_t time_us = timer_now() / MTIME_PER_US;
    console_format(&board->console, "uptime %lu.%06lu s", (uint32_t)(time_us / 1000000),
                   (uint32_t)(time_us % 1000000));
}

static void print_uart(struct board *board, const char *name, const struct uart *uart)
{
    const struct uart_counters *c = &uart->counters;
    console_format(&board->console, "%s rx %lu tx %lu overrun %lu framing %lu parity %lu", name,
                   c->rx, c->tx, c->overrun, c->framing, c->parity);
    console_format(&board->console, " break %lu lost %lu backlog %lu\n", c->breaks, c->lost,
                   uart->backlog_peak_bytes);
}

static bool run_status(struct board *board, char *argument)
{
    static const char *const causes[] = {"none", "power-on", "watchdog", "software", "fault"};
    const size_t known = sizeof causes / sizeof causes[0];
    if (*argument != '\0')
        return false;
    console_format(&board->console, "console-board node %lu clock %lu Hz\n",
                   *reg32(STATUS_BASE, STATUS_NODE_ID), *reg32(STATUS_BASE, STATUS_CLOCK_HZ));
    console_format(&board->console, "reset cause %s resets %lu\n",
                   board->reset_cause < known ? causes[board->reset_cause] : "unknown",
                   board->resets);
    print_uptime(board);
    console_format(&board->console, " ticks %lu\n", board->ticks);
    print_uart(board, "uart0", &board->uart0);
    print_uart(board, "uart1", &board->uart1);
    return true;
}

static bool run_echo(struct board *board, char *argument)
{
    console_format(&board->console, "%s\n", argument);
    return true;
}

static bool run_uptime(struct board *board, char *argument)
{
    if (*argument != '\0')
        return false;
    print_uptime(board);
    console_format(&board->console, "\n");
    return true;
}

/** LED n is GPIO output n; the set and clear registers leave the heartbeat alone. */
static bool run_led(struct board *board, char *argument)
{
    const uint32_t before = *reg32(GPIO_BASE, GPIO_OUT) & LED_MASK;
    uint32_t leds;
    if (strcmp(argument, "on") == 0)
        leds = before | 1;
    else if (strcmp(argument, "off") == 0)
        leds = before & ~1u;
    else if (strcmp(argument, "toggle") == 0)
        leds = before ^ 1;
    else if (!read_number(argument, LED_MASK, &leds))
        return false;
    *reg32(GPIO_BASE, GPIO_SET) = leds & ~before;
    *reg32(GPIO_BASE, GPIO_CLEAR) = before & ~leds;
    console_format(&board->console, "led 0x%02lx\n", leds);
    return true;
}

static bool run_hash(struct board *board, char *argument)
{
    uint32_t rounds;
    if (!read_number(argument, HASH_ROUNDS_MAX, &rounds))
        return false;
    uint32_t hash = HASH_START;
    const uint64_t start = cycles_now();
    for (uint32_t round = 0; round < rounds; round++) {
        hash = hash_round(hash);
        if (round % ROUNDS_BETWEEN_LOOKS == 0 && console_interrupted(&board->console)) {
            console_format(&board->console, "^C after %lu rounds\n", round + 1);
            return true;
        }
    }
    const uint64_t cycles = cycles_now() - start;
    console_format(&board->console, "hash 0x%08lx rounds %lu cycles %llu\n", hash, rounds, cycles);
    return true;
}

/** The character that ends the sleep is not used up: it begins the next line. */
static bool run_wfi(struct board *board, char *argument)
{
    if (*argument != '\0')
        return false;
    console_format(&board->console, "sleeping until the next input\n");
    uart_flush(&board->uart0);
    const uint64_t start = timer_now();
    console_wait(&board->console);
    const uint32_t slept_us = (uint32_t)((timer_now() - start) / MTIME_PER_US);
    console_format(&board->console, "slept %lu.%06lu s\n", slept_us / 1000000,
                   slept_us % 1000000);
    return true;
}

/** Only rates that the 14.7456 MHz clock meets exactly. */
static bool run_baud(struct board *board, char *argument)
{
    uint32_t baud;
    if (!read_number(argument, LOOP_BAUD, &baud) || baud < 300 || LOOP_BAUD % baud != 0)
        return false;
    uart_flush(&board->uart1);
    const uint32_t state = interrupts_mask();
    uart_start(&board->uart1, baud);
    interrupts_restore(state);
    console_format(&board->console, "uart1 baud %lu\n", baud);
    return true;
}

static bool run_peek(struct board *board, char *argument)
{
    uint32_t address;
    if (!read_number(argument, 0xffffffffu, &address) || address % 4 != 0)
        return false;
    uart_flush(&board->uart0);
    const uint32_t value = *reg32(address, 0);
    console_format(&board->console, "0x%08lx: 0x%08lx\n", address, value);
    return true;
}

static bool run_reset(struct board *board, char *argument)
{
    if (*argument != '\0')
        return false;
    uart_flush(&board->uart0);
    node_reset();
}

static bool run_poweroff(struct board *board, char *argument)
{
    if (*argument != '\0')
        return false;
    uart_flush(&board->uart0);
    *reg32(STATUS_BASE, STATUS_POWER_OFF) = 0;
    return true;
}

static bool run_help(struct board *board, char *argument);

static const struct command commands[] = {
    {"help", "", "lists the commands", run_help},
    {"status", "", "counters, ticks, resets and the cause of the last one", run_status},
    {"echo", " TEXT", "prints TEXT", run_echo},
    {"uptime", "", "time since power-on", run_uptime},
    {"led", " on|off|toggle|N", "LED 0, or all eight from the number N (0..255)", run_led},
    {"hash", " N", "N rounds of FNV-1a over 64 bytes; prints result and cycles", run_hash},
    {"wfi", "", "sleeps until the next input and prints how long", run_wfi},
    {"baud", " N", "rate of uart1, a divisor of 921600 from 300 on", run_baud},
    {"peek", " ADDRESS", "reads a word; an absent one shows the trap report", run_peek},
    {"reset", "", "resets the board", run_reset},
    {"poweroff", "", "switches the board off", run_poweroff},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static bool run_help(struct board *board, char *argument)
{
    if (*argument != '\0')
        return false;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        console_format(&board->console, "%s%s: %s\n", commands[i].name, commands[i].usage,
                       commands[i].meaning);
    return true;
}

void command_run(struct board *board, char *line)
{
    while (*line == ' ')
        line++;
    if (*line == '\0')
        return;
    char *argument = line;
    while (*argument != '\0' && *argument != ' ')
        argument++;
    if (*argument == ' ')
        *argument++ = '\0';
    while (*argument == ' ')
        argument++;
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, line) != 0)
            continue;
        if (!commands[i].run(board, argument))
            console_format(&board->console, "usage: %s%s\n", line, commands[i].usage);
        return;
    }
    console_format(&board->console, "error: unknown command, type help\n");
}
