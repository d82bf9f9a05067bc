/*
 * A blocked matrix product and an all-reduce on all tiles of a chip.
 *
 * The working tiles form a torus of GRID x GRID, logical tile = row * GRID + column. Each holds a
 * block of BLOCK x BLOCK words of A and of B. Cannon's scheme: multiply, pass A to the left and B
 * up, GRID times. Every pass is one exchange with the same row: what goes left lies at the start
 * of the source buffer, what goes up behind it. The all-reduce uses the same exchange: sums walk
 * round the rows, then round the columns.
 *
 * Tiles beyond the torus run an idle row for every exchange, so that all stay in step.
 */
#include <stdint.h>

#include <hotspare/exchange.h>

#include ROWS

#define CONTROL 0x00100000u
#define BLOCK_WORDS (BLOCK * BLOCK)
#define WORKING (GRID * GRID)
/* Words that the all-reduce carries: sum, weighted sum, exclusive or, largest. */
#define SUMS 4u

/* Values of tohost: 1 says success, as for other bare programs. */
#define HALT_GOOD 1u
#define HALT_BAD 3u

/** Where the exchange takes words from and puts them: compiled into the rows (tile.ld). */
#define SOURCE ((volatile int32_t *)0x00044000)
#define DESTINATION ((volatile int32_t *)0x00048000)

volatile uint32_t tohost;

/** The product's block of this tile, and what all tiles agree on: read by whoever looks on. */
int32_t product[BLOCK_WORDS];
uint32_t totals[SUMS];
/** Cycles of the whole program up to the last exchange, and of the exchanges alone. */
uint32_t cycles_all;
uint32_t cycles_exchange;
/** First error of this tile's exchange unit; 0 if there was none. */
uint32_t exchange_status;

static uint32_t control_read(uint32_t offset)
{
    return *(volatile uint32_t *)(CONTROL + offset);
}

/** Runs this tile's row: returns when the words of all tiles have landed. */
static void exchange(uint32_t tile)
{
    const uint32_t before = control_read(EXCHANGE_CYCLE);
    const uint32_t index = tile < WORKING ? tile : WORKING;
    *(volatile uint32_t *)(CONTROL + EXCHANGE_ROW) = (uint32_t)&tile_rows[tile_row_start[index]];
    cycles_exchange += control_read(EXCHANGE_CYCLE) - before;
}

/** Elements of A and B by global row and column: small, and different everywhere. */
static int32_t element_a(uint32_t i, uint32_t j)
{
    return (int32_t)((i * 7u + j * 3u) % 11u) - 5;
}

static int32_t element_b(uint32_t i, uint32_t j)
{
    return (int32_t)((i * 5u + j * 2u) % 13u) - 6;
}

/** The blocks with which Cannon's scheme begins: A is turned by the row, B by the column. */
static void fill(uint32_t row, uint32_t column)
{
    const uint32_t turn = (row + column) % GRID;
    for (uint32_t i = 0; i < BLOCK; i++) {
        for (uint32_t j = 0; j < BLOCK; j++) {
            SOURCE[i * BLOCK + j] = element_a(row * BLOCK + i, turn * BLOCK + j);
            SOURCE[BLOCK_WORDS + i * BLOCK + j] = element_b(turn * BLOCK + i, column * BLOCK + j);
        }
    }
}

/** product += A x B, of the blocks in the source buffer. */
static void multiply(void)
{
    for (uint32_t i = 0; i < BLOCK; i++) {
        for (uint32_t j = 0; j < BLOCK; j++) {
            int32_t sum = product[i * BLOCK + j];
            for (uint32_t k = 0; k < BLOCK; k++) {
                sum += SOURCE[i * BLOCK + k] * SOURCE[BLOCK_WORDS + k * BLOCK + j];
            }
            product[i * BLOCK + j] = sum;
        }
    }
}

/** What has come is what goes on in the next exchange. */
static void pass_on(void)
{
    for (uint32_t i = 0; i < 2u * BLOCK_WORDS; i++) {
        SOURCE[i] = DESTINATION[i];
    }
}

static void matrix_product(uint32_t tile)
{
    if (tile < WORKING) {
        fill(tile / GRID, tile % GRID);
    }
    for (uint32_t step = 0; step < GRID; step++) {
        if (tile < WORKING) {
            multiply();
        }
        if (step + 1u < GRID) {
            exchange(tile);
            pass_on();
        }
    }
}

static void combine(uint32_t *into, const volatile int32_t *from)
{
    into[0] += (uint32_t)from[0];
    into[1] += (uint32_t)from[1];
    into[2] ^= (uint32_t)from[2];
    if ((int32_t)into[3] < from[3]) {
        into[3] = (uint32_t)from[3];
    }
}

/** Sums of this tile's block of the product. */
static void own_sums(uint32_t tile)
{
    for (uint32_t i = 0; i < BLOCK_WORDS; i++) {
        const uint32_t value = (uint32_t)product[i];
        totals[0] += value;
        totals[1] += value * (tile * BLOCK_WORDS + i + 1u);
        totals[2] ^= value * 0x9e3779b1u;
        if (i == 0u || (int32_t)totals[3] < product[i]) {
            totals[3] = value;
        }
    }
}

/** Sums of a whole ring: all words go round it once, `lane` words into the buffers. */
static void ring_sums(uint32_t tile, uint32_t lane)
{
    for (uint32_t i = 0; i < SUMS; i++) {
        SOURCE[lane + i] = (int32_t)totals[i];
    }
    for (uint32_t step = 0; step + 1u < GRID; step++) {
        exchange(tile);
        if (tile < WORKING) {
            combine(totals, &DESTINATION[lane]);
        }
        pass_on();
    }
}

int main(void)
{
    const uint32_t tile = control_read(EXCHANGE_LOGICAL_ID);
    matrix_product(tile);
    if (tile < WORKING) {
        own_sums(tile);
    }
    ring_sums(tile, 0);
    ring_sums(tile, BLOCK_WORDS);
    exchange_status = control_read(EXCHANGE_STATUS);
    cycles_all = control_read(EXCHANGE_CYCLE);
    /* One more exchange as a barrier: behind it all tiles have stored their totals. */
    exchange(tile);
    if (tile == 0u) {
        tohost = exchange_status == 0u ? HALT_GOOD : HALT_BAD;
    }
    return 0;
}
