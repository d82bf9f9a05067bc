/*
 * The host's console (host_console.h): one row a command.
 */
#include "host_console.h"

#include "agent.h"
#include "bytes.h"
#include "clock.h"
#include "fatal.h"
#include "host_hardware.h"
#include "ipmi.h"
#include "kcs_host.h"
#include "libc.h"

#define BYTES_MAX 32

struct console host_console;

struct command {
    const char *name;
    const char *usage;
    const char *meaning;
    bool (*run)(const char *argument); /* false: the argument is wrong */
};

#define say(...) console_format(&host_console, __VA_ARGS__)

static const char *const link_names[] = {"idle", "normal", "degraded"};

/** The response's name; numbers are in backup_code.h. */
static const char *response_name(uint8_t response)
{
    switch (response) {
    case BACKUP_ACCEPTED:
        return "accepted";
    case BACKUP_DONE:
        return "done";
    case BACKUP_BUSY:
        return "busy";
    case BACKUP_UNSUPPORTED:
        return "unsupported";
    default:
        return "failed";
    }
}

static const struct {
    const char *name;
    uint8_t function;
    uint8_t size_bytes;
    uint8_t data[BACKUP_LOG_REQUEST_BYTES];
} backup_requests[] = {
    {"recover", BACKUP_SELF_RECOVERY, 0, {0}},
    {"retry", BACKUP_RETRY, 0, {0}},
    {"uptime", BACKUP_SERVICE, 1, {BACKUP_SERVICE_UPTIME}},
    {"status", BACKUP_SERVICE, 1, {BACKUP_SERVICE_STATUS}},
    {"log", BACKUP_LOG, BACKUP_LOG_REQUEST_BYTES, {0, 0, 0xff}},
};
#define BACKUP_REQUESTS (sizeof backup_requests / sizeof backup_requests[0])

static const char *const function_names[BACKUP_FUNCTION_END] = {
    "none", "recover", "retry", "service", "log",
};

static bool is_blank(char character)
{
    return character == ' ';
}

/** Reads a number, decimal or 0x hex, and the blanks behind it; false if there is none. */
static bool read_number(const char **text, uint32_t base, uint32_t limit, uint32_t *number)
{
    const char *at = *text;
    uint32_t value = 0;
    if (at[0] == '0' && (at[1] | 0x20) == 'x') {
        base = 16;
        at += 2;
    }
    if (*at == '\0')
        return false;
    for (; *at != '\0' && !is_blank(*at); at++) {
        const uint32_t letter = (uint32_t)(*at | 0x20);
        const uint32_t digit = *at >= '0' && *at <= '9'         ? (uint32_t)(*at - '0')
                               : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                                                : base;
        if (digit >= base)
            return false;
        value = value * base + digit;
        if (value > limit)
            return false;
    }
    while (is_blank(*at))
        at++;
    *text = at;
    *number = value;
    return true;
}

static bool run_status(const char *argument)
{
    const struct kcs_host_counters *kcs = kcs_host_counters();
    if (*argument != '\0')
        return false;
    say("host up %lu s, load %lu %%, margin %ld/64 C, energy %lu/65536 J\n", clock_s(),
        hw_load(), hw_thermal_margin(), hw_energy());
    say("kcs transfers %lu good %lu timeouts %lu errors %lu aborts %lu\n", kcs->transfers,
        kcs->good, kcs->timeouts, kcs->errors, kcs->aborts);
    return true;
}

static bool run_link(const char *argument)
{
    const struct link *link = agent_link();
    const struct backup_counters *backup = &agent_peer()->counters;
    if (*argument != '\0')
        return false;
    say("link %s, %lu ms since the last good transfer, lost %lu healed %lu\n",
        link_names[link->state], clock_ms() - link->good_ms, link->losses, link->heals);
    say("backup sent %lu received %lu repeated %lu duplicates %lu executed %lu given up %lu\n",
        backup->sent, backup->received, backup->repeated, backup->duplicates, backup->executed,
        backup->given_up);
    return true;
}

/** kcs NETFN COMMAND [BYTE ...], in hex. */
static bool run_kcs(const char *argument)
{
    uint8_t data[BYTES_MAX];
    uint32_t netfn;
    uint32_t command;
    uint32_t count = 0;
    uint32_t byte;
    if (!read_number(&argument, 16, 0x3e, &netfn) || !read_number(&argument, 16, 0xff, &command))
        return false;
    for (; *argument != '\0'; count++) {
        if (count == BYTES_MAX || !read_number(&argument, 16, 0xff, &byte))
            return false;
        data[count] = (uint8_t)byte;
    }
    if (!agent_request((uint8_t)netfn, (uint8_t)command, data, count))
        say("error: a request is under way\n");
    return true;
}

static bool run_backup(const char *argument)
{
    for (uint32_t i = 0; i < BACKUP_REQUESTS; i++) {
        if (strcmp(argument, backup_requests[i].name) != 0)
            continue;
        if (!agent_backup((enum backup_function)backup_requests[i].function,
                          backup_requests[i].data, backup_requests[i].size_bytes))
            say("error: too many requests wait\n");
        return true;
    }
    return false;
}

static bool run_load(const char *argument)
{
    uint32_t percent;
    if (!read_number(&argument, 10, 100, &percent) || *argument != '\0')
        return false;
    hw_set_load(percent);
    say("load %lu\n", percent);
    return true;
}

/** For tests of the whole: the driver of the management interface stops, as if it hung. */
static bool run_hang(const char *argument)
{
    if (strcmp(argument, "on") != 0 && strcmp(argument, "off") != 0)
        return false;
    kcs_host_hangs = strcmp(argument, "on") == 0;
    say("kcs driver %s\n", kcs_host_hangs ? "hangs" : "runs");
    return true;
}

static bool run_reset(const char *argument)
{
    if (*argument != '\0')
        return false;
    uart_flush(host_console.uart);
    node_reset();
}

static bool run_off(const char *argument)
{
    if (*argument != '\0')
        return false;
    agent_shut_down();
    return true;
}

static bool run_help(const char *argument);

static const struct command commands[] = {
    {"help", "", "the commands", run_help},
    {"status", "", "uptime, load, temperature, energy, counters of the management interface",
     run_status},
    {"link", "", "state of the management interface, counters of the backup link", run_link},
    {"kcs", "NETFN COMMAND [BYTE ...]", "a request to the BMC, in hex", run_kcs},
    {"backup", "recover|retry|uptime|status|log", "a request over the backup link", run_backup},
    {"load", "0..100", "how busy the processor is, in percent", run_load},
    {"hang", "on|off", "stops the driver of the management interface, for tests", run_hang},
    {"reset", "", "resets the host", run_reset},
    {"off", "", "shuts down and switches the host off", run_off},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static bool run_help(const char *argument)
{
    if (*argument != '\0')
        return false;
    for (uint32_t i = 0; i < COMMANDS; i++)
        say("%8s %32s %s\n", commands[i].name, commands[i].usage, commands[i].meaning);
    return true;
}

void host_console_run(char *line)
{
    char *argument = line;
    while (*argument != '\0' && !is_blank(*argument))
        argument++;
    if (*argument != '\0')
        *argument++ = '\0';
    while (is_blank(*argument))
        argument++;
    if (*line == '\0')
        return;
    for (uint32_t i = 0; i < COMMANDS; i++) {
        if (strcmp(line, commands[i].name) != 0)
            continue;
        if (!commands[i].run(argument))
            say("usage: %s %s\n", commands[i].name, commands[i].usage);
        return;
    }
    say("error: unknown command %s, type help\n", line);
}

static void print_bytes(const uint8_t *bytes, uint32_t size_bytes)
{
    for (uint32_t i = 0; i < size_bytes; i++)
        say(" %02x", bytes[i]);
    say("\n");
}

/** After a notice: the prompt, and what was typed so far. */
static void redraw(void)
{
    say("> ");
    for (uint32_t i = 0; i < host_console.length; i++)
        say("%c", host_console.line[i]);
}

void agent_tell(enum agent_notice notice)
{
    uint32_t size;
    const uint8_t *bytes;
    const struct backup_message *answer;
    const struct backup_message *request;
    switch (notice) {
    case NOTICE_LOST:
        say("\rlink: degraded, backup on\n");
        break;
    case NOTICE_HEALED:
        say("\rlink: normal\n");
        break;
    case NOTICE_SHUTDOWN:
        say("\rshutting down\n");
        break;
    case NOTICE_ANSWER:
        bytes = agent_answer(&size);
        say("\rkcs:");
        print_bytes(bytes, size);
        break;
    case NOTICE_NO_ANSWER:
        say("\rkcs: no answer\n");
        break;
    case NOTICE_BACKUP:
        request = agent_backup_end(&answer);
        if (request->function == BACKUP_RETRY) /* every 5 s: the state of the link says it all */
            return;
        say("\rbackup: %s %s", function_names[request->function],
            response_name(answer->response));
        print_bytes(answer->data, request->function == BACKUP_LOG ? 0 : answer->size_bytes);
        break;
    case NOTICE_LOG:
        say("\rlog:");
        print_bytes(agent_record(), 16);
        break;
    }
    redraw();
}
