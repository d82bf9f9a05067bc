/*
 * Firmware of the two nodes: checks everything that connects them, says so, and goes on with a slow
 * exchange over all of it, asleep in between. See node.h for the role of NODE_ID.
 */
#include "node.h"

#include "cpu.h"
#include "doorbell.h"
#include "link.h"
#include "mailbox.h"
#include "pool.h"
#include "timer.h"

#define CONSOLE_TX_BYTES 512
#define CONSOLE_RX_BYTES 16
#define LINK_RING_BYTES 256

#define EXCHANGE_TICKS (500 / TICK_MS)
#define HEARTBEAT_TICKS (1000 / TICK_MS)
/** The watchdog's first expiry, in ticks; the second without a kick in between resets the node. */
#define WATCHDOG_TICKS 10
/** A pause between two looks at the shared memory, so that a waiting node leaves the port free. */
#define PAUSE_TURNS 64

static uint8_t console_tx_bytes[CONSOLE_TX_BYTES];
static uint8_t console_rx_bytes[CONSOLE_RX_BYTES];
static uint8_t link_tx_bytes[LINK_RING_BYTES];
static uint8_t link_rx_bytes[LINK_RING_BYTES];
static struct ring console_tx;
static struct ring console_rx;
static struct ring link_tx;
static struct ring link_rx;

struct node node;

static void on_uart0(void)
{
    uart_interrupt(&node.uart0);
    node.uart0.rx->taken = node.uart0.rx->written; /* this console only talks */
}

static void on_uart1(void)
{
    uart_interrupt(&node.uart1);
}

static void on_timer(void)
{
    node.ticks += timer_acknowledge();
    *reg32(WATCHDOG_BASE, WATCHDOG_KICK) = WATCHDOG_KICK_MAGIC;
}

#define U interrupt_unexpected
void (*const interrupt_table[32])(void) = {
    U, U, U, U, U, U, U, on_timer, U, U, U, U, U, U, U, U,
    [16 + LINE_UART0] = on_uart0, [16 + LINE_UART1] = on_uart1,
    [16 + LINE_GPIO] = doorbell_interrupt,
    [19] = U, U, U, U, U, U, U, U, U, U, U, U, U,
};
#undef U

uint64_t patience_start(void)
{
    return timer_now() + (uint64_t)PATIENCE_MS * MTIME_PER_MS;
}

bool patience_turn(uint64_t deadline)
{
    link_service();
    for (uint32_t turn = 0; turn < PAUSE_TURNS; turn++)
        __asm__ volatile("");
    return !timer_reached(deadline);
}

void sleep_while(bool (*idle)(void))
{
    const uint32_t state = interrupts_mask();
    if (idle())
        sleep_masked();
    interrupts_restore(state);
}

bool pool_meet(uint32_t phase)
{
    const uint64_t deadline = patience_start();
    __asm__ volatile("fence rw, rw" : : : "memory");
    POOL->phase[NODE_ID].word = phase;
    while (POOL->phase[PEER_ID].word < phase) {
        if (!patience_turn(deadline)) {
            say("no answer from %c", 'a' + PEER_ID);
            return false;
        }
    }
    __asm__ volatile("fence rw, rw" : : : "memory");
    return true;
}

static void set_mark(uint32_t mark)
{
    *reg32(STATUS_BASE, STATUS_MARK) = mark;
}

static void start(void)
{
    console_tx = (struct ring){.bytes = console_tx_bytes, .size_bytes = CONSOLE_TX_BYTES};
    console_rx = (struct ring){.bytes = console_rx_bytes, .size_bytes = CONSOLE_RX_BYTES};
    link_tx = (struct ring){.bytes = link_tx_bytes, .size_bytes = LINK_RING_BYTES};
    link_rx = (struct ring){.bytes = link_rx_bytes, .size_bytes = LINK_RING_BYTES};
    node.uart0 = (struct uart){.base = UART0_BASE, .rx = &console_rx, .tx = &console_tx};
    node.uart1 = (struct uart){.base = UART1_BASE, .rx = &link_rx, .tx = &link_tx};
    node.console.uart = &node.uart0;

    uart_start(&node.uart0, CONSOLE_BAUD);
    uart_start(&node.uart1, LINK_BAUD);
    doorbell_start();
    *reg32(INTERRUPTS_BASE, INTERRUPTS_ENABLE) =
        1u << LINE_UART0 | 1u << LINE_UART1 | 1u << LINE_GPIO;
    csr_set(mie, MIE_LINE(LINE_UART0) | MIE_LINE(LINE_UART1) | MIE_LINE(LINE_GPIO));
    const uint32_t tick_cycles = *reg32(STATUS_BASE, STATUS_CLOCK_HZ) / 1000 * TICK_MS;
    *reg32(WATCHDOG_BASE, WATCHDOG_LOAD) = tick_cycles * WATCHDOG_TICKS;
    *reg32(WATCHDOG_BASE, WATCHDOG_CTRL) = WATCHDOG_CTRL_EN | WATCHDOG_CTRL_RESET_ENABLE;
    *reg32(WATCHDOG_BASE, WATCHDOG_KICK) = WATCHDOG_KICK_MAGIC;
    timer_start(TICK_MS * MTIME_PER_MS);
    interrupts_enable();
}

/** Both nodes go through these rows in step. */
static const struct {
    enum mark mark;
    bool (*run)(void);
} checks[] = {
    {MARK_AMO, check_amo},   {MARK_LR_SC, check_lr_sc},       {MARK_RING, check_ring},
    {MARK_LINK, check_link}, {MARK_DOORBELL, check_doorbell},
};

/** Two equal nodes would wait for themselves: the mistake is named at once. */
static bool is_right_node(void)
{
    const uint32_t id = *reg32(STATUS_BASE, STATUS_NODE_ID);
    if (id != NODE_ID)
        say("this firmware is for node %d, the status unit says %lu", NODE_ID, id);
    return id == NODE_ID;
}

static bool check_all(void)
{
    uint32_t mark = MARK_START;
    set_mark(mark);
    say("node %d starts at %lu Hz", NODE_ID, *reg32(STATUS_BASE, STATUS_CLOCK_HZ));
    bool good = is_right_node() && pool_meet(mark);
    for (uint32_t i = 0; good && i < sizeof checks / sizeof checks[0]; i++) {
        mark = checks[i].mark;
        set_mark(mark);
        good = checks[i].run();
    }
    set_mark(good ? MARK_PASSED : MARK_FAILED | mark);
    say("%s", good ? "all checks passed" : "checks FAILED");
    return good;
}

static bool nothing_to_do(void)
{
    static uint32_t rings_seen;
    static uint32_t ticks_seen;
    const bool idle = link_is_quiet() && rings_seen == node.rings && ticks_seen == node.ticks;
    rings_seen = node.rings;
    ticks_seen = node.ticks;
    return idle;
}

/** For ever: every 500 ms a message, a ring and a frame, every second a line that counts them. */
static _Noreturn void run(void)
{
    uint32_t exchange_tick = node.ticks + EXCHANGE_TICKS;
    uint32_t heartbeat_tick = node.ticks + HEARTBEAT_TICKS;
    uint32_t beats = 0;
    set_mark(MARK_RUNNING);
    for (;;) {
        link_service();
        while (mailbox_receive()) {
        }
        if ((int32_t)(node.ticks - exchange_tick) >= 0) {
            exchange_tick += EXCHANGE_TICKS;
            (void)mailbox_send(); /* a full ring shows in the counters: the peer is gone */
            doorbell_ring();
            if (link_is_free())
                link_send();
        }
        if ((int32_t)(node.ticks - heartbeat_tick) >= 0) {
            heartbeat_tick += HEARTBEAT_TICKS;
            say("beat %lu ring %lu/%lu link %lu/%lu doorbell %lu bad %lu", ++beats, mailbox.sent,
                mailbox.received, link.sent, link.received, node.rings,
                mailbox.bad + link.bad + link.given_up);
        }
        sleep_while(nothing_to_do);
    }
}

int main(void)
{
    start();
    if (*reg32(STATUS_BASE, STATUS_RESET_CAUSE) == STATUS_RESET_CAUSE_POWER_ON)
        (void)check_all();
    else
        say("reset, cause %lu: the check needs both nodes at power-on",
            *reg32(STATUS_BASE, STATUS_RESET_CAUSE));
    run();
}
