/*
 * Serial terminal mode (terminal.h): lines, hex messages. Text commands are in terminal_text.c.
 */
#include "terminal.h"

#include "session.h"
#include "terminal_text.h"

#define BACKSPACE 0x08
#define DELETE 0x7f
/** netFn/LUN, sequence, command. */
#define HEADER_BYTES 3

static bool is_end_of_line(uint8_t byte)
{
    return byte == '\r' || byte == '\n';
}

static void add(struct terminal *terminal, uint8_t byte)
{
    if (terminal->size_bytes == TERMINAL_LINE_MAX)
        terminal->too_long = true;
    else
        terminal->line[terminal->size_bytes++] = (char)byte;
}

static void edit(struct terminal *terminal, uint8_t byte)
{
    terminal->state = TERMINAL_INSIDE;
    if (byte == BACKSPACE || byte == DELETE)
        terminal->size_bytes = (uint8_t)(terminal->size_bytes - (terminal->size_bytes > 0));
    else if (byte == '\\')
        terminal->state = TERMINAL_CONTINUED;
    else if (byte == ']')
        terminal->state = TERMINAL_CLOSED;
    else if (byte < ' ' || byte > '~')
        terminal->state = TERMINAL_OUTSIDE;
    else
        add(terminal, byte);
}

/** After the closing bracket: blanks and the end of line; a backspace opens the line again. */
static enum terminal_result close_line(struct terminal *terminal, uint8_t byte)
{
    if (byte == ' ')
        return TERMINAL_NOTHING;
    if (byte == BACKSPACE || byte == DELETE) {
        terminal->state = TERMINAL_INSIDE;
        return TERMINAL_NOTHING;
    }
    terminal->state = TERMINAL_OUTSIDE;
    if (!is_end_of_line(byte))
        return TERMINAL_NOTHING;
    terminal->line[terminal->size_bytes] = '\0';
    return TERMINAL_LINE;
}

enum terminal_result terminal_take(struct terminal *terminal, uint8_t byte)
{
    if (byte == '[') {
        terminal->state = TERMINAL_INSIDE;
        terminal->too_long = false;
        terminal->size_bytes = 0;
        return TERMINAL_NOTHING;
    }
    switch (terminal->state) {
    case TERMINAL_OUTSIDE:
        break;
    case TERMINAL_CONTINUED:
        terminal->state = byte == '\r'   ? TERMINAL_RESUMED
                          : byte == '\n' ? TERMINAL_INSIDE
                                         : TERMINAL_OUTSIDE;
        break;
    case TERMINAL_RESUMED:
        terminal->state = TERMINAL_INSIDE;
        if (byte != '\n')
            edit(terminal, byte);
        break;
    case TERMINAL_INSIDE:
        edit(terminal, byte);
        break;
    case TERMINAL_CLOSED:
        return close_line(terminal, byte);
    }
    return TERMINAL_NOTHING;
}

void terminal_abandon(struct terminal *terminal)
{
    terminal->state = TERMINAL_OUTSIDE;
}

/** Value of a hex digit, or 16. */
static uint32_t digit_of(char character)
{
    const uint32_t letter = (uint32_t)(character | 0x20);
    if (character >= '0' && character <= '9')
        return (uint32_t)(character - '0');
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : 16;
}

enum completion terminal_read_hex(const char *text, uint8_t *bytes, uint32_t max_bytes,
                                  uint32_t *size_bytes)
{
    *size_bytes = 0;
    for (; *text != '\0'; text++) {
        if (*text == ' ')
            continue;
        const uint32_t high = digit_of(*text);
        const uint32_t low = high < 16 ? digit_of(*++text) : 16;
        if (low > 15)
            return CC_BAD_FIELD;
        if (*size_bytes == max_bytes)
            return CC_TOO_LONG;
        bytes[(*size_bytes)++] = (uint8_t)(high << 4 | low);
    }
    return CC_OK;
}

static char *put_hex(char *to, uint8_t byte)
{
    *to++ = "0123456789ABCDEF"[byte >> 4];
    *to++ = "0123456789ABCDEF"[byte & 15];
    return to;
}

static char *put_response(char *to, const struct request *request,
                          const struct response *response)
{
    const uint8_t header[] = {
        (uint8_t)((request->netfn | NETFN_RESPONSE) << 2 | request->lun),
        request->sequence,
        request->command,
        response->completion,
    };
    const uint32_t size = response->completion == CC_OK ? response->size_bytes : 0;
    *to++ = '[';
    for (uint32_t i = 0; i < sizeof header; i++) {
        to = put_hex(to, header[i]);
        *to++ = ' ';
    }
    for (uint32_t i = 0; i < size; i++) {
        to = put_hex(to, response->data[i]);
        *to++ = ' ';
    }
    to[-1] = ']'; /* in place of the last blank */
    return to;
}

/** Reads and executes a line of hex pairs. */
static enum completion answer_hex(const char *line, char **to)
{
    uint8_t bytes[HEADER_BYTES + MESSAGE_DATA_MAX];
    uint32_t size;
    struct response response;
    const enum completion wrong = terminal_read_hex(line, bytes, sizeof bytes, &size);
    if (wrong != CC_OK)
        return wrong;
    if (size < HEADER_BYTES)
        return CC_LENGTH;
    struct request request = {
        .channel = CHANNEL_SERIAL,
        .privilege = session_privilege(),
        .netfn = bytes[0] >> 2,
        .lun = bytes[0] & 3,
        .requester = IPMB_REMOTE,
        .sequence = bytes[1],
        .command = bytes[2],
        .size_bytes = (uint8_t)(size - HEADER_BYTES),
        .reply_max_bytes = TERMINAL_REPLY_MAX,
    };
    if (request.netfn & NETFN_RESPONSE)
        return CC_BAD_COMMAND;
    for (uint32_t i = 0; i < request.size_bytes; i++)
        request.data[i] = bytes[HEADER_BYTES + i];
    command_execute(&request, &response);
    *to = put_response(*to, &request, &response);
    return CC_OK;
}

static char *put_text(char *to, const char *text)
{
    while (*text != '\0')
        *to++ = *text++;
    return to;
}

uint32_t terminal_answer(const struct terminal *terminal, char *answer)
{
    char *to = answer;
    enum completion completion = CC_TOO_LONG;
    if (!terminal->too_long)
        completion = terminal_is_text(terminal->line) ? terminal_text(terminal->line, &to)
                                                      : answer_hex(terminal->line, &to);
    if (completion != CC_OK) {
        to = put_hex(put_text(answer, "[ERR "), (uint8_t)completion);
        *to++ = ']';
    }
    to = put_text(to, "\r\n");
    return (uint32_t)(to - answer);
}
