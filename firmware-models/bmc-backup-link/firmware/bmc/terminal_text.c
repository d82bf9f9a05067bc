/*
 * Text commands of terminal mode (terminal_text.h): one row each. What they do is done by commands
 * of the command table, so that both forms have one effect and one privilege.
 */
#include "terminal_text.h"

#include "health.h"
#include "libc.h"
#include "session.h"

#define WORDS_MAX 4

/** Words of a line from `at` on. */
struct words {
    const char *at;
};

struct text_command {
    const char *words[WORDS_MAX]; /* after SYS; unused ones are null */
    enum completion (*run)(struct words rest, char **to);
};

static char *put_text(char *to, const char *text)
{
    while (*text != '\0')
        *to++ = *text++;
    return to;
}

static void skip_blanks(struct words *words)
{
    while (*words->at == ' ')
        words->at++;
}

/** Takes the next word if it is `word`, whatever its case. */
static bool take_word(struct words *words, const char *word)
{
    skip_blanks(words);
    const char *at = words->at;
    for (; *word != '\0'; word++, at++) {
        const char upper = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
        if (upper != *word)
            return false;
    }
    if (*at != '\0' && *at != ' ')
        return false;
    words->at = at;
    return true;
}

/** Copies the next word, filled up with zeros; false if it does not fit. */
static bool take_name(struct words *words, char *name, uint32_t size_bytes)
{
    uint32_t length = 0;
    memset(name, 0, size_bytes);
    skip_blanks(words);
    for (; *words->at != '\0' && *words->at != ' '; words->at++) {
        if (length == size_bytes)
            return false;
        name[length++] = *words->at;
    }
    return true;
}

static bool at_end(struct words *words)
{
    skip_blanks(words);
    return *words->at == '\0';
}

/** Executes a command of the table and answers [OK]. */
static enum completion run_command(uint8_t netfn, uint8_t command, const uint8_t *data,
                                   uint32_t size_bytes, char **to)
{
    struct response response;
    struct request request = {
        .channel = CHANNEL_SERIAL,
        .privilege = session_privilege(),
        .netfn = netfn,
        .requester = IPMB_REMOTE,
        .command = command,
        .size_bytes = (uint8_t)size_bytes,
        .reply_max_bytes = MESSAGE_DATA_MAX,
    };
    memcpy(request.data, data, size_bytes);
    command_execute(&request, &response);
    if (response.completion == CC_OK)
        *to = put_text(*to, "[OK]");
    return response.completion;
}

static enum completion run_chassis(uint8_t command, uint8_t data, struct words *rest, char **to)
{
    if (!at_end(rest))
        return CC_BAD_FIELD;
    return run_command(NETFN_CHASSIS, command, &data, 1, to);
}

static enum completion run_tmode(struct words rest, char **to)
{
    if (!at_end(&rest))
        return CC_BAD_FIELD;
    *to = put_text(*to, "[OK TMODE]");
    return CC_OK;
}

/* Chassis Control (0x02): 0 off, 1 on, 3 hard reset. */
static enum completion run_power_on(struct words rest, char **to)
{
    return run_chassis(0x02, 1, &rest, to);
}

static enum completion run_power_off(struct words rest, char **to)
{
    return run_chassis(0x02, 0, &rest, to);
}

static enum completion run_reset(struct words rest, char **to)
{
    return run_chassis(0x02, 3, &rest, to);
}

/** [SYS IDENTIFY], [.. -ON], [.. -ON XX] with a time in seconds, [.. -OFF]. */
static enum completion run_identify(struct words rest, char **to)
{
    uint8_t data[2] = {15, 0}; /* Chassis Identify's usual 15 s */
    uint32_t count = 0;
    uint8_t seconds;
    if (take_word(&rest, "-OFF")) {
        data[0] = 0;
    } else if (take_word(&rest, "-ON")) {
        const enum completion wrong = terminal_read_hex(rest.at, &seconds, 1, &count);
        if (wrong != CC_OK)
            return wrong;
        data[0] = count != 0 ? seconds : 0;
        data[1] = count == 0; /* without a time: until it is switched off */
        return run_command(NETFN_CHASSIS, 0x04, data, 2, to);
    }
    if (!at_end(&rest))
        return CC_BAD_FIELD;
    return run_command(NETFN_CHASSIS, 0x04, data, 2, to);
}

/** Five bytes of boot flags: Set System Boot Options, parameter 5. */
static enum completion run_set_boot(struct words rest, char **to)
{
    uint8_t data[6] = {5};
    uint32_t count;
    const enum completion wrong = terminal_read_hex(rest.at, data + 1, 5, &count);
    if (wrong != CC_OK)
        return wrong;
    if (count != 5)
        return CC_LENGTH;
    data[1] |= 0x80; /* the command sets the valid bit */
    return run_command(NETFN_CHASSIS, IPMI_SET_BOOT_OPTIONS, data, sizeof data, to);
}

/** [SYS PWD -U NAME PASSWORD], [.. -N PASSWORD] without a name, [.. -X] ends the session. */
static enum completion run_pwd(struct words rest, char **to)
{
    char name[USER_NAME_BYTES];
    char password[USER_PASSWORD_BYTES];
    memset(name, 0, sizeof name);
    if (take_word(&rest, "-X")) {
        session_close();
    } else {
        if (!take_word(&rest, "-N") &&
            !(take_word(&rest, "-U") && take_name(&rest, name, sizeof name)))
            return CC_BAD_FIELD;
        if (!take_name(&rest, password, sizeof password) || !at_end(&rest))
            return CC_BAD_FIELD;
        if (!session_login(name, password))
            return CC_PRIVILEGE;
    }
    *to = put_text(*to, "[OK]");
    return CC_OK;
}

static enum completion run_health(struct words rest, char **to)
{
    const bool verbose = take_word(&rest, "-V");
    if (!at_end(&rest))
        return CC_BAD_FIELD;
    if (session_privilege() < PRIVILEGE_USER)
        return CC_PRIVILEGE;
    *to = put_text(*to, "[OK ");
    *to = health_text(*to, verbose);
    *to = put_text(*to, "]");
    return CC_OK;
}

static const struct text_command commands[] = {
    {{"TMODE"}, run_tmode},         {{"PWD"}, run_pwd},
    {{"POWER", "ON"}, run_power_on}, {{"POWER", "OFF"}, run_power_off},
    {{"RESET"}, run_reset},         {{"IDENTIFY"}, run_identify},
    {{"SET", "BOOT"}, run_set_boot}, {{"HEALTH", "QUERY"}, run_health},
};

bool terminal_is_text(const char *line)
{
    struct words words = {line};
    return take_word(&words, "SYS");
}

enum completion terminal_text(const char *line, char **to)
{
    for (uint32_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct words words = {line};
        bool same = take_word(&words, "SYS");
        for (uint32_t w = 0; same && w < WORDS_MAX && commands[i].words[w] != 0; w++)
            same = take_word(&words, commands[i].words[w]);
        if (same)
            return commands[i].run(words, to);
    }
    return CC_BAD_COMMAND;
}
