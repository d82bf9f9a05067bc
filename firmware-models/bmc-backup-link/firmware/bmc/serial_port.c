/*
 * The IPMI serial port (serial_port.h).
 */
#include "serial_port.h"

#include "clock.h"
#include "libc.h"
#include "session.h"
#include "terminal.h"

static struct basic basic;
static struct terminal terminal;
static struct serial_port_counters counters;
static uint32_t last_byte_ms;

void serial_port_start(void)
{
    memset(&basic, 0, sizeof basic);
    memset(&terminal, 0, sizeof terminal);
    memset(&counters, 0, sizeof counters);
}

/** A handshake says that the message is taken, then comes the answer. */
static void answer_message(void)
{
    static const uint8_t handshake = BASIC_HANDSHAKE;
    uint8_t frame[BASIC_FRAME_MAX];
    struct request request;
    struct response response;
    if (!basic_request(&basic, &request))
        return;
    session_touch();
    request.privilege = session_privilege();
    serial_port_send(&handshake, 1);
    command_execute(&request, &response);
    serial_port_send(frame, basic_answer(&request, &response, frame));
}

static void answer_line(void)
{
    char answer[TERMINAL_ANSWER_MAX];
    counters.lines++;
    session_touch();
    serial_port_send((const uint8_t *)answer, terminal_answer(&terminal, answer));
}

void serial_port_take(uint8_t byte)
{
    (void)serial_port_work();
    last_byte_ms = clock_ms();
    switch (basic_take(&basic, byte)) {
    case BASIC_NOTHING:
        terminal_abandon(&terminal); /* a frame begins: no line goes on over it */
        break;
    case BASIC_OUTSIDE:
        counters.stray += terminal.state == TERMINAL_OUTSIDE && byte != '[';
        if (terminal_take(&terminal, byte) == TERMINAL_LINE)
            answer_line();
        break;
    case BASIC_MESSAGE:
        answer_message();
        break;
    case BASIC_REJECTED:
        break;
    }
}

bool serial_port_work(void)
{
    if (basic.inside && clock_reached(last_byte_ms + SERIAL_GAP_MS)) {
        basic_abandon(&basic);
        counters.gaps++;
    }
    return basic.inside;
}

const struct basic_counters *serial_port_basic_counters(void)
{
    return &basic.counters;
}

const struct serial_port_counters *serial_port_counters(void)
{
    return &counters;
}
