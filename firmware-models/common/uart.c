/*
 * Driver of the ns16550a (uart.h). Register and bit names as in the data sheet (TI PC16550D,
 * section 8); the numbers come from the generated header.
 *
 * Why the receiver keeps up: the trigger level is 8 of 16, so the interrupt may come 8 character
 * times late. Why the transmitter leaves no gap: THRE says that the FIFO is empty while the
 * shifter still holds one character, so the interrupt may come one character time late.
 */
#include "uart.h"

#include "board.h"
#include "cpu.h"
#include "timer.h"

#define FIFO_BYTES 16
#define TRIGGER_BYTES 8
/** Third of the levels 1, 4, 8, 14. */
#define TRIGGER_8 (2u << UART_FCR_TRIGGER_SHIFT)
/** More rounds than one interrupt ever needs; what remains raises the next interrupt. */
#define ROUNDS_MAX 8
/** Longer than two characters at the slowest rate in use (9600 baud), in reads of LSR. */
#define POLLS_MAX 100000

#define LSR_ERRORS (UART_LSR_OE | UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)

void uart_start(struct uart *uart, uint32_t baud)
{
    const uint32_t divisor = UART_CLOCK_HZ / 16 / baud;
    const uintptr_t base = uart->base;
    *reg8(base, UART_IER) = 0;
    *reg8(base, UART_LCR) = UART_LCR_DLAB;
    *reg8(base, UART_DLL) = (uint8_t)divisor;
    *reg8(base, UART_DLM) = (uint8_t)(divisor >> 8);
    *reg8(base, UART_LCR) = UART_LCR_WLS; /* both bits: 8 data bits, no parity, 1 stop bit */
    *reg8(base, UART_FCR) = UART_FCR_ENABLE | UART_FCR_RXCLR | UART_FCR_TXCLR |
                            TRIGGER_8;
    uart->modem = UART_MCR_DTR | UART_MCR_RTS | UART_MCR_OUT2;
    *reg8(base, UART_MCR) = uart->modem;
    uart->fifo_empty = false; /* enabling THRE raises it at once, and that finds the FIFO empty */
    *reg8(base, UART_IER) = UART_IER_ERBFI | UART_IER_ETBEI | UART_IER_ELSI;
}

static void keep(struct uart *uart, uint8_t byte)
{
    if (ring_put(uart->rx, byte))
        uart->counters.rx++;
    else
        uart->counters.lost++;
}

/** Counts the errors in an LSR value; true if the character at the head is a good one. */
static bool account(struct uart *uart, uint8_t lsr)
{
    uart->counters.overrun += (lsr & UART_LSR_OE) != 0;
    uart->counters.parity += (lsr & UART_LSR_PE) != 0;
    if (lsr & UART_LSR_BI)
        uart->counters.breaks++;
    else
        uart->counters.framing += (lsr & UART_LSR_FE) != 0;
    return (lsr & (UART_LSR_PE | UART_LSR_FE | UART_LSR_BI)) == 0;
}

/** Empties the FIFO, looking at each character's own error bits; `lsr` has just been read. */
static void receive_each(struct uart *uart, uint8_t lsr)
{
    for (unsigned i = 0; i < FIFO_BYTES; i++) {
        const bool good = account(uart, lsr);
        if ((lsr & UART_LSR_DR) == 0)
            return;
        const uint8_t byte = *reg8(uart->base, UART_RBR);
        if (good)
            keep(uart, byte);
        lsr = *reg8(uart->base, UART_LSR);
    }
    account(uart, lsr & LSR_ERRORS & (uint8_t)~(UART_LSR_PE | UART_LSR_FE | UART_LSR_BI));
}

/**
 * The trigger level is reached: that many characters can be read without asking again, unless LSR
 * bit 7 says that one of them has an error.
 */
static void receive_burst(struct uart *uart)
{
    const uint8_t lsr = *reg8(uart->base, UART_LSR);
    if (lsr & (UART_LSR_ERRFIFO | LSR_ERRORS)) {
        receive_each(uart, lsr);
        return;
    }
    for (unsigned i = 0; i < TRIGGER_BYTES; i++)
        keep(uart, *reg8(uart->base, UART_RBR));
}

/** The transmit FIFO is empty: fills it from the ring. */
static void transmit(struct uart *uart)
{
    uint32_t count = ring_count(uart->tx);
    if (count > FIFO_BYTES)
        count = FIFO_BYTES;
    uart->fifo_empty = count == 0;
    for (uint32_t i = 0; i < count; i++)
        *reg8(uart->base, UART_THR) = ring_take(uart->tx);
    uart->counters.tx += count;
}

/** RTS asks the peer to pause while the ring is nearly full; most peers here never need it. */
static void drive_rts(struct uart *uart)
{
    const uint32_t count = ring_count(uart->rx);
    if (count > uart->backlog_peak_bytes)
        uart->backlog_peak_bytes = count;
    const bool asked = (uart->modem & UART_MCR_RTS) != 0;
    const uint32_t limit = asked ? uart->rx->size_bytes / 4 * 3 : uart->rx->size_bytes / 4;
    if ((count <= limit) == asked)
        return;
    uart->modem ^= UART_MCR_RTS;
    *reg8(uart->base, UART_MCR) = uart->modem;
}

void uart_interrupt(struct uart *uart)
{
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        const uint8_t iir = *reg8(uart->base, UART_IIR);
        if (iir & UART_IIR_ID_NONE)
            break;
        switch (iir & UART_IIR_ID) {
        case UART_IIR_ID_DATA:
            receive_burst(uart);
            break;
        case UART_IIR_ID_LINE:
        case UART_IIR_ID_TIMEOUT:
            receive_each(uart, *reg8(uart->base, UART_LSR));
            break;
        case UART_IIR_ID_THRE:
            transmit(uart);
            break;
        default:
            (void)*reg8(uart->base, UART_MSR);
            break;
        }
    }
    drive_rts(uart);
    if (uart->fifo_empty && ring_count(uart->tx) != 0)
        transmit(uart);
}

/** Sends at once if no interrupt will come to do it. */
static void kick(struct uart *uart)
{
    const uint32_t state = interrupts_mask();
    if (uart->fifo_empty && ring_count(uart->tx) != 0)
        transmit(uart);
    interrupts_restore(state);
}

/** Sleeps until the ring has room; false at the deadline. The periodic timer ends each sleep. */
static bool wait_for_room(struct uart *uart, uint64_t deadline)
{
    kick(uart);
    while (ring_is_full(uart->tx)) {
        if (timer_reached(deadline))
            return false;
        const uint32_t state = interrupts_mask();
        if (ring_is_full(uart->tx))
            sleep_masked();
        interrupts_restore(state);
    }
    return true;
}

void uart_write(struct uart *uart, const uint8_t *bytes, uint32_t size_bytes)
{
    uint64_t deadline = 0;
    for (uint32_t i = 0; i < size_bytes; i++) {
        if (ring_is_full(uart->tx)) {
            if (deadline == 0)
                deadline = timer_now() + (uint64_t)UART_PATIENCE_MS * MTIME_PER_MS;
            if (!wait_for_room(uart, deadline)) {
                uart->counters.lost += size_bytes - i;
                return;
            }
        }
        (void)ring_put(uart->tx, bytes[i]);
    }
    kick(uart);
}

void uart_flush(struct uart *uart)
{
    const uint64_t deadline = timer_now() + (uint64_t)UART_PATIENCE_MS * MTIME_PER_MS;
    kick(uart);
    while ((ring_count(uart->tx) != 0 || (*reg8(uart->base, UART_LSR) & UART_LSR_TEMT) == 0) &&
           !timer_reached(deadline)) {
    }
}

void uart_put_polled(uintptr_t base, uint8_t byte)
{
    unsigned polls = 0;
    while ((*reg8(base, UART_LSR) & UART_LSR_THRE) == 0 && polls < POLLS_MAX)
        polls++;
    *reg8(base, UART_THR) = byte;
}
