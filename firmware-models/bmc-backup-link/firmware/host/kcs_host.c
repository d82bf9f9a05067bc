/*
 * The host's end of the management interface (kcs_host.h).
 */
#include "kcs_host.h"

#include "clock.h"
#include "host_hardware.h"
#include "ipmi.h"
#include "libc.h"

/** Looks at the status for one step before the program does something else. */
#define LOOKS 40u

enum phase {
    PHASE_NONE,
    PHASE_START,       /* WRITE_START is out: the state must become WRITE */
    PHASE_WRITE,       /* a byte is out */
    PHASE_LAST,        /* the last byte is out: the state must become READ */
    PHASE_READ,
    PHASE_ABORT_START, /* GET_STATUS is out */
    PHASE_ABORT_READ,  /* the dummy is out: the error code comes */
    PHASE_ABORT_END,   /* READ is out: the state must become IDLE */
};

static struct {
    enum phase phase;
    bool needs_abort; /* the last transfer went wrong: the BMC may be anywhere */
    uint8_t request[KCS_MESSAGE_MAX];
    uint32_t request_bytes;
    uint32_t at; /* next byte of the request */
    uint8_t answer[KCS_MESSAGE_MAX];
    uint32_t answer_bytes;
    uint32_t limit_ms;
} kcs;
static struct kcs_host_counters counters;

volatile bool kcs_host_hangs;

static void enter(enum phase phase)
{
    kcs.phase = phase;
    kcs.limit_ms = clock_ms() + KCS_TIMEOUT_MS;
}

static enum kcs_result fail(uint32_t *counter)
{
    (*counter)++;
    kcs.phase = PHASE_NONE;
    kcs.needs_abort = true;
    return KCS_FAILED;
}

static void clear_output(uint8_t status)
{
    if (status & KCS_OBF)
        (void)hw_kcs_read();
}

static void start_write(void)
{
    enter(PHASE_START);
    kcs.at = 0;
    kcs.answer_bytes = 0;
    hw_kcs_command(KCS_WRITE_START);
}

static void start_abort(void)
{
    counters.aborts++;
    enter(PHASE_ABORT_START);
    hw_kcs_command(KCS_GET_STATUS);
}

void kcs_begin(uint8_t netfn, uint8_t command, const uint8_t *data, uint32_t size_bytes)
{
    kcs.needs_abort |= kcs.phase != PHASE_NONE;
    counters.transfers++;
    kcs.request[0] = (uint8_t)(netfn << 2);
    kcs.request[1] = command;
    memcpy(kcs.request + 2, data, size_bytes);
    kcs.request_bytes = 2 + size_bytes;
    enter(PHASE_NONE);
    kcs.phase = kcs.needs_abort ? PHASE_ABORT_START : PHASE_START;
    kcs.at = UINT32_MAX; /* nothing is written yet: the input buffer must be empty first */
}

/** Writes the first control code as soon as the BMC has taken what was there. */
static void write_first(uint8_t status)
{
    clear_output(status);
    if (kcs.needs_abort)
        start_abort();
    else
        start_write();
    kcs.at = 0;
}

static enum kcs_result write_next(uint8_t status)
{
    if ((status & KCS_STATE_MASK) != KCS_WRITE)
        return fail(&counters.errors);
    clear_output(status);
    if (kcs.at + 1 == kcs.request_bytes && kcs.phase != PHASE_LAST) {
        enter(PHASE_LAST);
        hw_kcs_command(KCS_WRITE_END);
        return KCS_BUSY;
    }
    const bool is_last = kcs.phase == PHASE_LAST;
    enter(is_last ? PHASE_READ : PHASE_WRITE);
    hw_kcs_write(kcs.request[kcs.at++]);
    return KCS_BUSY;
}

static enum kcs_result finish(void)
{
    const bool fits = kcs.answer_bytes >= 3 &&
                      kcs.answer[0] == (kcs.request[0] | NETFN_RESPONSE << 2) &&
                      kcs.answer[1] == kcs.request[1];
    if (!fits)
        return fail(&counters.errors);
    kcs.phase = PHASE_NONE;
    counters.good++;
    return KCS_OK;
}

static enum kcs_result read_next(uint8_t status)
{
    const uint8_t state = status & KCS_STATE_MASK;
    if (state != KCS_READ && state != KCS_IDLE)
        return fail(&counters.errors);
    if ((status & KCS_OBF) == 0)
        return KCS_BUSY;
    const uint8_t byte = hw_kcs_read();
    if (state == KCS_IDLE)
        return finish();
    if (kcs.answer_bytes == KCS_MESSAGE_MAX)
        return fail(&counters.errors);
    kcs.answer[kcs.answer_bytes++] = byte;
    enter(PHASE_READ);
    hw_kcs_write(KCS_READ_NEXT);
    return KCS_BUSY;
}

/** The abort sequence; at its end the transfer itself begins. */
static enum kcs_result go_on_aborting(uint8_t status)
{
    const uint8_t state = status & KCS_STATE_MASK;
    switch (kcs.phase) {
    case PHASE_ABORT_START:
        if (state != KCS_WRITE)
            return fail(&counters.errors);
        clear_output(status);
        enter(PHASE_ABORT_READ);
        hw_kcs_write(0);
        return KCS_BUSY;
    case PHASE_ABORT_READ:
        if (state != KCS_READ)
            return fail(&counters.errors);
        if ((status & KCS_OBF) == 0)
            return KCS_BUSY;
        (void)hw_kcs_read();
        enter(PHASE_ABORT_END);
        hw_kcs_write(KCS_READ_NEXT);
        return KCS_BUSY;
    default:
        if (state != KCS_IDLE)
            return fail(&counters.errors);
        clear_output(status);
        kcs.needs_abort = false;
        start_write();
        return KCS_BUSY;
    }
}

static enum kcs_result step(uint8_t status)
{
    switch (kcs.phase) {
    case PHASE_START:
    case PHASE_WRITE:
    case PHASE_LAST:
        return write_next(status);
    case PHASE_READ:
        return read_next(status);
    default:
        return go_on_aborting(status);
    }
}

enum kcs_result kcs_go_on(void)
{
    if (kcs.phase == PHASE_NONE)
        return KCS_OK;
    for (uint32_t look = 0; look < LOOKS && !kcs_host_hangs; look++) {
        const uint8_t status = hw_kcs_host_status();
        if (status & KCS_IBF)
            continue;
        if (kcs.at == UINT32_MAX) {
            write_first(status);
            continue;
        }
        const enum kcs_result result = step(status);
        if (result != KCS_BUSY)
            return result;
    }
    return clock_reached(kcs.limit_ms) ? fail(&counters.timeouts) : KCS_BUSY;
}

bool kcs_is_busy(void)
{
    return kcs.phase != PHASE_NONE;
}

void kcs_give_up(void)
{
    kcs.needs_abort |= kcs.phase != PHASE_NONE;
    kcs.phase = PHASE_NONE;
}

const uint8_t *kcs_answer(uint32_t *size_bytes)
{
    *size_bytes = kcs.answer_bytes - 2;
    return kcs.answer + 2;
}

const struct kcs_host_counters *kcs_host_counters(void)
{
    return &counters;
}
