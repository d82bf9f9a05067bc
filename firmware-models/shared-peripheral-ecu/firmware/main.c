/*
 * Core 1 of the old design: it has no PWM unit and no converter. Once a control period it looks
 * into the mailbox of core 0, which drives the motor, and says so when that falls silent; its
 * console answers `status`. Core 0 runs the firmware of dual-block-ecu as it is.
 */
#include "board.h"
#include "console.h"
#include "cpu.h"
#include "libc.h"
#include "mailbox.h"
#include "timer.h"

#define CONSOLE_BAUD 115200
#define CONSOLE_TX_BYTES 1024
#define CONSOLE_RX_BYTES 256
/** As often as core 0 writes: 20 kHz. */
#define WATCH_CYCLES (BLOCK_CLOCK_HZ / 20000)

/** Marks in the trace, with the numbers of dual-block-ecu (drive.h there). */
#define MARK_PARTNER_FOUND 0x1001u
#define MARK_PARTNER_LOST 0x1002u

static uint8_t console_rx_bytes[CONSOLE_RX_BYTES];
static uint8_t console_tx_bytes[CONSOLE_TX_BYTES];
static struct ring console_rx = {.bytes = console_rx_bytes, .size_bytes = CONSOLE_RX_BYTES};
static struct ring console_tx = {.bytes = console_tx_bytes, .size_bytes = CONSOLE_TX_BYTES};
static struct uart uart0 = {.base = UART0_BASE, .rx = &console_rx, .tx = &console_tx};
static struct console console = {.uart = &uart0};

static struct partner driver;

static void on_timer(void)
{
    timer_acknowledge();
    const enum partner_event event = mailbox_watch(reg32(SHARED_BASE, 0), &driver);
    if (event != PARTNER_SAME)
        *reg32(STATUS_BASE, STATUS_MARK) =
            event == PARTNER_FOUND ? MARK_PARTNER_FOUND : MARK_PARTNER_LOST;
}

static void on_uart0(void)
{
    uart_interrupt(&uart0);
}

#define U interrupt_unexpected
void (*const interrupt_table[32])(void) = {
    U, U, U, U, U, U, U, [7] = on_timer, U, U, U, U, U, U, U, U,
    U, U, U, U, U, U, [16 + LINE_UART0] = on_uart0, U, U, U, U, U, U, U, U, U,
};
#undef U

static void answer(const char *line)
{
    if (*line == '\0')
        return;
    if (strcmp(line, "status") == 0)
        console_format(&console, "core 1 watches: driver %s messages %lu lost %lu\n",
                       driver.present ? "present" : "silent", driver.received,
                       driver.lost_count);
    else
        console_format(&console, "error: unknown command, the only one is status\n");
}

int main(void)
{
    uart_start(&uart0, CONSOLE_BAUD);
    *reg32(INTERRUPTS_BASE, INTERRUPTS_ENABLE) = 1u << LINE_UART0;
    csr_set(mie, MIE_LINE(LINE_UART0));
    timer_start(WATCH_CYCLES);
    interrupts_enable();
    console_format(&console, "\ncore 1 ready\n");
    console_prompt(&console);
    for (;;) {
        console_wait(&console);
        while (console_take_line(&console)) {
            answer(console.line);
            console_prompt(&console);
        }
    }
}
