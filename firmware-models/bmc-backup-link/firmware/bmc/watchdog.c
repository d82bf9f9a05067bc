/*
 * The host's watchdog timer (watchdog.h).
 */
#include "watchdog.h"

#include "bytes.h"
#include "clock.h"
#include "libc.h"
#include "power.h"
#include "sensors.h"

#define STEP_MS 100u

/* Byte 1, timer use. */
#define USE_DO_NOT_LOG 0x80
#define USE_DO_NOT_STOP 0x40
#define USE_MASK 0x07
#define USE_LAST 5
/* Byte 2, actions. */
#define ACTION_MASK 0x07
#define ACTION_LAST 3
#define PRE_TIMEOUT_SHIFT 4
#define PRE_TIMEOUT_MESSAGING 3

static struct {
    uint8_t settings[WATCHDOG_SET_BYTES];
    uint8_t expired; /* flags by timer use */
    bool is_set;
    bool runs;
    bool pre_done;
    bool pre_waits;
    uint32_t end_ms;
} timer;

void watchdog_start(void)
{
    memset(&timer, 0, sizeof timer);
}

static uint32_t initial_ms(void)
{
    return get_le16(timer.settings + 4) * STEP_MS;
}

bool watchdog_set(const uint8_t data[WATCHDOG_SET_BYTES])
{
    const uint8_t use = data[0] & USE_MASK;
    const uint32_t pre_ms = data[2] * 1000u;
    if (use == 0 || use > USE_LAST || (data[1] & ACTION_MASK) > ACTION_LAST ||
        (data[1] >> PRE_TIMEOUT_SHIFT & 7) > PRE_TIMEOUT_MESSAGING ||
        pre_ms > get_le16(data + 4) * STEP_MS)
        return false;
    const bool goes_on = timer.runs && (data[0] & USE_DO_NOT_STOP) != 0;
    memcpy(timer.settings, data, sizeof timer.settings);
    timer.expired &= (uint8_t)~data[3]; /* a 1 clears the flag */
    timer.is_set = true;
    timer.runs = goes_on;
    timer.pre_done = false;
    timer.pre_waits = false;
    timer.end_ms = clock_ms() + initial_ms();
    return true;
}

void watchdog_get(uint8_t data[WATCHDOG_GET_BYTES])
{
    uint32_t left = initial_ms() / STEP_MS;
    if (timer.runs)
        left = clock_reached(timer.end_ms) ? 0 : (timer.end_ms - clock_ms()) / STEP_MS;
    memcpy(data, timer.settings, WATCHDOG_SET_BYTES);
    data[0] = (uint8_t)((data[0] & ~USE_DO_NOT_STOP) | (timer.runs ? 0x40 : 0));
    data[3] = timer.expired;
    put_le16(data + 6, left);
}

bool watchdog_reset(void)
{
    if (!timer.is_set)
        return false;
    timer.runs = true;
    timer.pre_done = false;
    timer.end_ms = clock_ms() + initial_ms();
    return true;
}

static void log_event(uint8_t offset)
{
    /* Event data 2: interrupt type and timer use (IPMI 2.0, table 42-3, type 23h). */
    const uint8_t interrupt = timer.settings[1] & 0x70;
    if ((timer.settings[0] & USE_DO_NOT_LOG) == 0)
        sensor_notify(SENSOR_WATCHDOG, offset,
                      (uint8_t)(interrupt | (timer.settings[0] & USE_MASK)));
}

static void expire(void)
{
    static const enum power_action actions[] = {
        [WATCHDOG_HARD_RESET] = POWER_RESET,
        [WATCHDOG_POWER_DOWN] = POWER_DOWN,
        [WATCHDOG_POWER_CYCLE] = POWER_CYCLE,
    };
    const uint8_t action = timer.settings[1] & ACTION_MASK;
    timer.runs = false;
    timer.expired |= (uint8_t)(1u << (timer.settings[0] & USE_MASK));
    log_event(action);
    if (action != WATCHDOG_EXPIRED)
        (void)power_request(actions[action], RESTART_WATCHDOG);
}

void watchdog_work(void)
{
    const uint8_t interrupt = timer.settings[1] >> PRE_TIMEOUT_SHIFT & 7;
    if (!timer.runs)
        return;
    if (interrupt != 0 && !timer.pre_done &&
        clock_reached(timer.end_ms - timer.settings[2] * 1000u)) {
        timer.pre_done = true;
        timer.pre_waits = interrupt == PRE_TIMEOUT_MESSAGING;
        log_event(WATCHDOG_PRE_TIMEOUT);
    }
    if (clock_reached(timer.end_ms))
        expire();
}

bool watchdog_pre_timeout(bool clear)
{
    const bool waits = timer.pre_waits;
    if (clear)
        timer.pre_waits = false;
    return waits;
}
