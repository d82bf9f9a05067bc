/*
 * Firmware of one processing block of the control unit: the drive runs in the control interrupt,
 * the console in the main program, which sleeps in wfi whenever nothing is to do. The watchdog is
 * fed in the control interrupt, and only while the main program comes round.
 */
#include "board.h"
#include "commands.h"
#include "cpu.h"
#include "drive.h"

#define CONSOLE_BAUD 115200
#define CONSOLE_TX_BYTES 1024
#define CONSOLE_RX_BYTES 1024
/** 5 ms, 100 control periods. */
#define WATCHDOG_CYCLES (BLOCK_CLOCK_HZ / 200)
/** Half a second: more than a command that waits for the line may take (UART_PATIENCE_MS). */
#define MAIN_AGE_PERIODS 10000

static uint8_t console_rx_bytes[CONSOLE_RX_BYTES];
static uint8_t console_tx_bytes[CONSOLE_TX_BYTES];
static struct ring console_rx = {.bytes = console_rx_bytes, .size_bytes = CONSOLE_RX_BYTES};
static struct ring console_tx = {.bytes = console_tx_bytes, .size_bytes = CONSOLE_TX_BYTES};
static struct uart uart0 = {.base = UART0_BASE, .rx = &console_rx, .tx = &console_tx};
static struct console console = {.uart = &uart0};

/** Control periods since the main program last came round. */
static volatile uint32_t main_age;

static void on_control(void)
{
    drive_period();
    if (main_age < MAIN_AGE_PERIODS) {
        main_age = main_age + 1;
        *reg32(WATCHDOG_BASE, WATCHDOG_KICK) = WATCHDOG_KICK_MAGIC;
    }
}

static void on_uart0(void)
{
    uart_interrupt(&uart0);
}

/** The safe state is the hardware's already (LOCKSTEP_CTRL_SAFE); this says why. */
static void on_lockstep(void)
{
    *reg32(LOCKSTEP_BASE, LOCKSTEP_STATUS) = LOCKSTEP_STATUS_MISMATCH;
    drive_fault(FAULT_LOCKSTEP);
}

static void on_voltage(void)
{
    *reg32(VOLTAGE_MONITOR_BASE, VOLTAGE_MONITOR_STATUS) = VOLTAGE_MONITOR_STATUS_LOW;
    drive_fault(FAULT_SUPPLY);
}

/** Moved to another feeder: the drive goes on. Left on a wrong one: it must not. */
static void on_switch(void)
{
    const uint32_t status = *reg32(CLOCK_SWITCH_BASE, CLOCK_SWITCH_STATUS);
    *reg32(CLOCK_SWITCH_BASE, CLOCK_SWITCH_STATUS) = status;
    if (status & CLOCK_SWITCH_STATUS_MOVED)
        drive_mark(MARK_CLOCK);
    if (status & CLOCK_SWITCH_STATUS_LOST)
        drive_fault(FAULT_CLOCK);
}

#define U interrupt_unexpected
void (*const interrupt_table[32])(void) = {
    U, U, U, U, U, U, U, U, U, U, U, U, U, U, U, U,
    [16 + LINE_ADC] = on_control, [16 + LINE_PWM] = U,
    [16 + LINE_LOCKSTEP] = on_lockstep, [16 + LINE_SWITCH] = on_switch,
    [16 + LINE_VOLTAGE] = on_voltage, [16 + LINE_WATCHDOG] = U,
    [16 + LINE_UART0] = on_uart0,
    [23] = U, U, U, U, U, U, U, U, U,
};
#undef U

#define LINES_USED                                                                                 \
    (1u << LINE_ADC | 1u << LINE_LOCKSTEP | 1u << LINE_SWITCH | 1u << LINE_VOLTAGE |              \
     1u << LINE_UART0)

/** Its first expiry raises only a flag; the second resets the block. */
static void start_watchdog(void)
{
    *reg32(WATCHDOG_BASE, WATCHDOG_LOAD) = WATCHDOG_CYCLES;
    *reg32(WATCHDOG_BASE, WATCHDOG_CTRL) =
        WATCHDOG_CTRL_EN | WATCHDOG_CTRL_RESET_ENABLE | WATCHDOG_CTRL_LOCK;
}

static void start(void)
{
    uart_start(&uart0, CONSOLE_BAUD);
    *reg32(VOLTAGE_MONITOR_BASE, VOLTAGE_MONITOR_CTRL) = VOLTAGE_MONITOR_CTRL_IRQ;
    *reg32(CLOCK_SWITCH_BASE, CLOCK_SWITCH_CTRL) = CLOCK_SWITCH_CTRL_AUTO | CLOCK_SWITCH_CTRL_IRQ;
    *reg32(LOCKSTEP_BASE, LOCKSTEP_CTRL) =
        LOCKSTEP_CTRL_EN | LOCKSTEP_CTRL_IRQ | LOCKSTEP_CTRL_SAFE;
    *reg32(INTERRUPTS_BASE, INTERRUPTS_ENABLE) = LINES_USED;
    csr_set(mie, LINES_USED << 16);
    start_watchdog();
    drive_start();
    interrupts_enable();
}

int main(void)
{
    start();
    console_format(&console, "\nblock %d ready, type help\n", BLOCK);
    console_prompt(&console);
    for (;;) {
        const uint32_t state = interrupts_mask();
        if (ring_count(&console_rx) == 0)
            sleep_masked();
        interrupts_restore(state);
        main_age = 0;
        while (console_take_line(&console)) {
            command_run(&console, console.line);
            console_prompt(&console);
        }
    }
}
