/*
 * Firmware of the console board: a line console on uart0, a loop service on uart1 (whatever comes
 * in goes back out), a periodic task in the timer interrupt. The processor sleeps in wfi whenever
 * there is nothing to do.
 */
#include "console_board.h"

#include "cpu.h"
#include "timer.h"

/** More than the longest answer (help), so that a command seldom waits for the line. */
#define CONSOLE_TX_BYTES 1024
/** A third of a second of input at line rate, while a command runs. */
#define CONSOLE_RX_BYTES 4096
/** The loop service needs about two FIFOs (README.md, "Why the loop loses nothing"). */
#define LOOP_BYTES 1024

#define HEARTBEAT_TICKS (500 / TICK_MS)
/** Ten missed ticks: the watchdog's first expiry; the second resets the node. */
#define WATCHDOG_TICKS 10

static uint8_t console_rx_bytes[CONSOLE_RX_BYTES];
static uint8_t console_tx_bytes[CONSOLE_TX_BYTES];
static uint8_t loop_bytes[LOOP_BYTES];
static struct ring console_rx;
static struct ring console_tx;
static struct ring loop;

struct board board;

static void on_uart0(void)
{
    uart_interrupt(&board.uart0);
}

static void on_uart1(void)
{
    uart_interrupt(&board.uart1);
}

/** The periodic task: counts, feeds the watchdog, blinks. */
static void on_timer(void)
{
    const uint32_t passed = timer_acknowledge();
    board.ticks += passed;
    *reg32(WATCHDOG_BASE, WATCHDOG_KICK) = WATCHDOG_KICK_MAGIC;
    board.ticks_to_blink -= passed < board.ticks_to_blink ? passed : board.ticks_to_blink;
    if (board.ticks_to_blink == 0) {
        board.ticks_to_blink = HEARTBEAT_TICKS;
        *reg32(GPIO_BASE, GPIO_OUT) ^= LED_HEARTBEAT;
    }
}

#define U interrupt_unexpected
void (*const interrupt_table[32])(void) = {
    U, U, U, U, U, U, U, on_timer, U, U, U, U, U, U, U, U,
    [16 + LINE_UART0] = on_uart0, [16 + LINE_UART1] = on_uart1,
    [18] = U, U, U, U, U, U, U, U, U, U, U, U, U, U,
};
#undef U

static void start_watchdog(void)
{
    const uint32_t tick_cycles = *reg32(STATUS_BASE, STATUS_CLOCK_HZ) / 1000 * TICK_MS;
    *reg32(WATCHDOG_BASE, WATCHDOG_LOAD) = tick_cycles * WATCHDOG_TICKS;
    *reg32(WATCHDOG_BASE, WATCHDOG_CTRL) = WATCHDOG_CTRL_EN | WATCHDOG_CTRL_RESET_ENABLE;
    *reg32(WATCHDOG_BASE, WATCHDOG_KICK) = WATCHDOG_KICK_MAGIC;
}

static void start(void)
{
    console_rx = (struct ring){.bytes = console_rx_bytes, .size_bytes = CONSOLE_RX_BYTES};
    console_tx = (struct ring){.bytes = console_tx_bytes, .size_bytes = CONSOLE_TX_BYTES};
    loop = (struct ring){.bytes = loop_bytes, .size_bytes = LOOP_BYTES};
    board.uart0 = (struct uart){.base = UART0_BASE, .rx = &console_rx, .tx = &console_tx};
    board.uart1 = (struct uart){.base = UART1_BASE, .rx = &loop, .tx = &loop};
    board.console.uart = &board.uart0;
    board.ticks_to_blink = HEARTBEAT_TICKS;

    board.reset_cause = *reg32(STATUS_BASE, STATUS_RESET_CAUSE);
    if (board.reset_cause == STATUS_RESET_CAUSE_POWER_ON)
        *reg32(STATUS_BASE, STATUS_SCRATCH0) = 0;
    else
        *reg32(STATUS_BASE, STATUS_SCRATCH0) += 1;
    board.resets = *reg32(STATUS_BASE, STATUS_SCRATCH0);

    uart_start(&board.uart0, CONSOLE_BAUD);
    uart_start(&board.uart1, LOOP_BAUD);
    *reg32(INTERRUPTS_BASE, INTERRUPTS_ENABLE) = 1u << LINE_UART0 | 1u << LINE_UART1;
    csr_set(mie, MIE_LINE(LINE_UART0) | MIE_LINE(LINE_UART1));
    start_watchdog();
    timer_start(TICK_MS * MTIME_PER_MS);
    interrupts_enable();
}

int main(void)
{
    start();
    console_format(&board.console, "\nconsole-board ready, type help\n");
    console_prompt(&board.console);
    for (;;) {
        console_wait(&board.console);
        while (console_take_line(&board.console)) {
            command_run(&board, board.console.line);
            console_prompt(&board.console);
        }
    }
}
