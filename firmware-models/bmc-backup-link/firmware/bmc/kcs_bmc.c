/*
 * The BMC's end of the management interface (kcs_bmc.h).
 */
#include "kcs_bmc.h"

#include "clock.h"
#include "hardware.h"
#include "kcs.h"
#include "libc.h"
#include "message.h"

/** netFn/LUN and command of a request; the same and the completion code of an answer. */
#define REQUEST_HEADER 2u
#define ANSWER_HEADER 3u

static struct {
    uint8_t state;
    uint8_t error;
    bool is_last;     /* WRITE_END has come: the next data byte is the last */
    bool is_aborting;
    bool has_failed;  /* the error state was entered, and `error` tells why */
    bool was_writing; /* the state before the byte that is being taken */
    bool attention;
    uint8_t message[KCS_MESSAGE_MAX + 1];
    uint32_t size_bytes;
    uint32_t at; /* next byte of the answer */
    uint32_t moved_ms; /* when the last byte was taken */
} kcs;
static struct kcs_counters counters;

volatile bool kcs_test_hangs;

static void set_state(uint8_t state)
{
    kcs.state = state;
    hw_kcs_set_status((uint8_t)(state | (kcs.attention ? KCS_ATTENTION : 0)));
}

void kcs_start(void)
{
    const bool attention = kcs.attention;
    memset(&kcs, 0, sizeof kcs);
    kcs.attention = attention;
    counters.restarts++;
    hw_kcs_restart();
    set_state(KCS_IDLE);
}

void kcs_unstick(void)
{
    const bool is_idle = kcs.state == KCS_IDLE && (hw_kcs_status() & KCS_IBF) == 0;
    if (!is_idle && clock_reached(kcs.moved_ms + KCS_STUCK_MS))
        kcs_start();
}

void kcs_set_attention(bool on)
{
    if (kcs.attention == on)
        return;
    kcs.attention = on;
    set_state(kcs.state);
}

/** Leaves the transfer in error; the host must read the dummy byte and abort. */
static void fail(uint8_t error)
{
    counters.errors++;
    kcs.has_failed = true;
    kcs.error = error;
    set_state(KCS_ERROR);
    hw_kcs_put(0);
}

/** The request is whole: executes it and offers the first byte of the answer. */
static void execute(void)
{
    struct request request;
    struct response response;
    if (kcs.size_bytes < REQUEST_HEADER) {
        fail(KCS_BAD_LENGTH);
        return;
    }
    request = (struct request){
        .channel = CHANNEL_SYSTEM,
        .privilege = PRIVILEGE_ADMINISTRATOR, /* section 6.2: the interface is the host's own */
        .netfn = kcs.message[0] >> 2,
        .lun = kcs.message[0] & 3,
        .requester = IPMB_BMC,
        .command = kcs.message[1],
        .size_bytes = (uint8_t)(kcs.size_bytes - REQUEST_HEADER),
        .reply_max_bytes = KCS_MESSAGE_MAX - ANSWER_HEADER,
    };
    memcpy(request.data, kcs.message + REQUEST_HEADER, request.size_bytes);
    command_execute(&request, &response);
    kcs.message[0] |= NETFN_RESPONSE << 2;
    kcs.message[2] = response.completion;
    memcpy(kcs.message + ANSWER_HEADER, response.data, response.size_bytes);
    kcs.size_bytes = ANSWER_HEADER + response.size_bytes;
    kcs.at = 1;
    counters.messages++;
    hw_kcs_put(kcs.message[0]);
}

static void take_command(uint8_t code)
{
    switch (code) {
    case KCS_GET_STATUS: /* abort: WRITE with a dummy, then the error code, then idle */
        counters.aborts++;
        if (!kcs.has_failed)
            kcs.error = KCS_ABORTED;
        kcs.has_failed = false;
        kcs.is_aborting = true;
        break;
    case KCS_WRITE_START:
        kcs.size_bytes = 0;
        kcs.is_last = false;
        kcs.is_aborting = false;
        kcs.has_failed = false;
        kcs.error = KCS_NO_ERROR;
        break;
    case KCS_WRITE_END:
        if (kcs.was_writing && !kcs.is_aborting)
            kcs.is_last = true;
        else
            fail(KCS_BAD_CONTROL);
        break;
    default:
        fail(KCS_BAD_CONTROL);
        break;
    }
}

static void take_request_byte(uint8_t byte)
{
    if (kcs.size_bytes == KCS_MESSAGE_MAX) {
        fail(KCS_BAD_LENGTH);
        return;
    }
    kcs.message[kcs.size_bytes++] = byte;
    if (kcs.is_last)
        execute();
}

/** True: the host has read the whole answer. */
static bool send_next(uint8_t code)
{
    if (code != KCS_READ_NEXT) {
        fail(KCS_BAD_CONTROL);
        return false;
    }
    if (kcs.state == KCS_READ) {
        hw_kcs_put(kcs.message[kcs.at++]);
        return false;
    }
    hw_kcs_put(0); /* the dummy that tells the host that the state has changed */
    return true;
}

/** The error code, then the end of the abort. */
static void go_on_aborting(void)
{
    hw_kcs_put(kcs.error);
    if (kcs.state == KCS_READ)
        return;
    kcs.is_aborting = false;
    kcs.error = KCS_NO_ERROR;
}

/**
 * The state that a byte leads to. It is set before the byte is taken: the host looks at the state
 * as soon as the input buffer is empty (section 9.13).
 */
static uint8_t next_state(bool is_command)
{
    if (is_command)
        return KCS_WRITE;
    if (kcs.is_aborting)
        return kcs.state == KCS_WRITE ? KCS_READ : KCS_IDLE;
    if (kcs.state == KCS_WRITE && kcs.is_last)
        return KCS_READ;
    if (kcs.state == KCS_READ && kcs.at == kcs.size_bytes)
        return KCS_IDLE;
    return kcs.state;
}

bool kcs_step(void)
{
    const uint8_t status = hw_kcs_status();
    const uint8_t before = kcs.state;
    const bool is_command = (status & KCS_CD) != 0;
    if ((status & KCS_IBF) == 0 || kcs_test_hangs)
        return false;
    kcs.moved_ms = clock_ms();
    kcs.was_writing = before == KCS_WRITE;
    set_state(next_state(is_command));
    if (kcs.state == KCS_WRITE)
        hw_kcs_put(0); /* the dummy of the write phase; the host clears it before its next byte */
    const uint8_t byte = hw_kcs_take();
    if (is_command) {
        take_command(byte);
        return false;
    }
    if (kcs.is_aborting) {
        go_on_aborting();
        return false;
    }
    switch (before) {
    case KCS_WRITE:
        take_request_byte(byte);
        return false;
    case KCS_READ:
        return send_next(byte);
    default:
        fail(KCS_BAD_CONTROL);
        return false;
    }
}

const struct kcs_counters *kcs_counters(void)
{
    return &counters;
}
