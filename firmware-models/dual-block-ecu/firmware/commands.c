/*
 * The commands of a block's console, one row each (commands.h). A command takes the rest of its
 * line, without leading blanks; a wrong argument is answered with its usage.
 */
#include "commands.h"

#include <stdbool.h>
#include <stddef.h>

#include "board.h"
#include "drive.h"
#include "fatal.h"
#include "libc.h"
#include "motor.h"

struct command {
    const char *name;
    const char *usage;
    const char *meaning;
    bool (*run)(struct console *console, char *argument); /* false: the argument is wrong */
};

/** Reads a decimal number with an optional minus that is all of `text`, up to `limit` either way. */
static bool read_signed(const char *text, int32_t limit, int32_t *number)
{
    const bool negative = *text == '-';
    int32_t value = 0;
    text += negative ? 1 : 0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return false;
        value = value * 10 + (*text - '0');
        if (value > limit)
            return false;
    }
    *number = negative ? -value : value;
    return true;
}

static const char *state_name(enum drive_state state)
{
    static const char *const names[] = {"pair", "alone", "safe"};
    return names[state];
}

/** Turns a minute from the angle's step in a period, without a fraction. */
static int32_t speed_rpm(void)
{
    return drive.controller.step * 60 * (CONTROL_HZ / 16) / (ANGLE_TURN / 16);
}

static bool run_status(struct console *console, char *argument)
{
    if (*argument != '\0')
        return false;
    const struct partner *partner = &drive.partner;
    console_format(console, "block %d %s periods %lu faults %lx\n", BLOCK,
                   state_name(drive.state), drive.periods, drive.guard.faults);
    console_format(console, "torque %ld of %ld mNm, shaft %ld mNm, speed %ld rpm\n",
                   control_torque_mnm(&drive.controller), drive.target_mnm,
                   drive.measured.torque_mnm, speed_rpm());
    console_format(console, "current d %ld q %ld x 10 mA, link %ld mV\n",
                   drive.controller.current.d, drive.controller.current.q,
                   drive.measured.link_mv);
    console_format(console, "partner %s messages %lu damaged %lu lost %lu\n",
                   partner->present ? "present" : "silent", partner->received, partner->damaged,
                   partner->lost_count);
    console_format(console, "control interrupt at most %lu cycles\n", drive.cycles_worst);
    return true;
}

static bool run_fault(struct console *console, char *argument)
{
    if (strcmp(argument, "clear") == 0) {
        drive_clear();
        console_format(console, "cleared\n");
        return true;
    }
    if (*argument != '\0')
        return false;
    if (drive.guard.faults == 0)
        console_format(console, "no fault\n");
    for (uint32_t fault = 0; fault < FAULT_COUNT; fault++)
        if (drive.guard.faults & (1u << fault))
            console_format(console, "fault %s\n", guard_name((enum fault)fault));
    return true;
}

static bool run_torque(struct console *console, char *argument)
{
    int32_t torque_mnm = drive.target_mnm;
    if (*argument != '\0') {
        if (!read_signed(argument, TORQUE_MAX_MNM, &torque_mnm))
            return false;
        drive_set_target(torque_mnm);
    }
    console_format(console, "torque %ld mNm\n", torque_mnm);
    return true;
}

static bool run_reset(struct console *console, char *argument)
{
    if (*argument != '\0')
        return false;
    uart_flush(console->uart);
    node_reset();
}

static bool run_help(struct console *console, char *argument);

static const struct command commands[] = {
    {"help", "", "lists the commands", run_help},
    {"status", "", "state, torque, currents, the other block", run_status},
    {"fault", " [clear]", "faults of this block; clear: forgets them and drives again", run_fault},
    {"torque", " [N]", "share of this block in mNm, -1200 to 1200", run_torque},
    {"reset", "", "resets the block", run_reset},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static bool run_help(struct console *console, char *argument)
{
    if (*argument != '\0')
        return false;
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        console_format(console, "%s%s: %s\n", commands[i].name, commands[i].usage,
                       commands[i].meaning);
    return true;
}

void command_run(struct console *console, char *line)
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
        if (!commands[i].run(console, argument))
            console_format(console, "usage: %s%s\n", line, commands[i].usage);
        return;
    }
    console_format(console, "error: unknown command, type help\n");
}
