/*
 * A mix of what controllers do, in about equal shares: a linked list that is searched, reversed and
 * merge sorted; a small matrix of 16-bit fixed point; a state machine over a text; a CRC-16 that
 * chains the results of all of them. Of our own writing; the mix follows the idea of CoreMark.
 * Oracles: the list comes out in order with the sum of its input; the matrix by associativity; the
 * state machine by what the generator wrote; and the last CRC, computed once by a host compiler.
 */
#include "bench.h"

#define ITERATIONS 270
#define ITEMS 256
#define SIZE 12
#define TEXT_BYTES 2048u
#define EXPECTED_CRC 0x2a2du

struct item {
    struct item *next;
    uint16_t key;
    uint16_t place; /* where it stood in the list before sorting */
};

static struct item items[ITEMS];
static int16_t left[SIZE][SIZE];
static int16_t right[SIZE][SIZE];
static int32_t product[SIZE][SIZE];
static char text[TEXT_BYTES];

static uint16_t crc16(uint16_t crc, uint32_t value)
{
    for (uint32_t bit = 0; bit < 32; bit++) {
        const uint32_t feedback = (crc >> 15 ^ value >> 31) & 1;
        crc = (uint16_t)(crc << 1 ^ (0x1021u & (0u - feedback)));
        value <<= 1;
    }
    return crc;
}

static struct item *build_list(uint32_t *random, uint32_t *sum)
{
    *sum = 0;
    for (uint32_t i = 0; i < ITEMS; i++) {
        items[i].next = i + 1 < ITEMS ? &items[i + 1] : 0;
        items[i].key = (uint16_t)(xorshift32(random) & 0x3ff);
        items[i].place = (uint16_t)i;
        *sum += items[i].key;
    }
    return items;
}

static struct item *reverse_list(struct item *list)
{
    struct item *reversed = 0;
    while (list != 0) {
        struct item *next = list->next;
        list->next = reversed;
        reversed = list;
        list = next;
    }
    return reversed;
}

/** Takes up to `count` items off `*from` and appends them, in order, to the list that ends in
 *  `**tail`, merged with up to `count` items that follow them. */
static struct item **merge_runs(struct item **from, uint32_t count, struct item **tail)
{
    struct item *a = *from;
    struct item *b = a;
    uint32_t a_count = 0;
    uint32_t b_count = count;
    while (a_count < count && b != 0) {
        b = b->next;
        a_count++;
    }
    while (a_count > 0 || (b_count > 0 && b != 0)) {
        struct item **source = &a;
        if (a_count == 0 || (b_count > 0 && b != 0 && b->key < a->key))
            source = &b;
        if (source == &a)
            a_count--;
        else
            b_count--;
        *tail = *source;
        tail = &(*source)->next;
        *source = *tail;
    }
    *from = b;
    return tail;
}

/** Merge sort from the bottom up: stable, without recursion. */
static struct item *sort_list(struct item *list)
{
    for (uint32_t run = 1; run < ITEMS; run *= 2) {
        struct item *sorted = 0;
        struct item **tail = &sorted;
        while (list != 0)
            tail = merge_runs(&list, run, tail);
        *tail = 0;
        list = sorted;
    }
    return list;
}

static uint32_t find_place(const struct item *list, uint32_t key)
{
    uint32_t place = 0;
    for (; list != 0 && list->key < key; list = list->next)
        place++;
    return place;
}

/** 0, or the number of the check that failed; adds to `*crc`. */
static int list_work(uint32_t *random, uint16_t *crc)
{
    uint32_t sum;
    uint32_t count = 0;
    struct item *list = sort_list(reverse_list(build_list(random, &sum)));
    for (const struct item *at = list; at != 0; at = at->next) {
        if (at->next != 0 && at->next->key < at->key)
            return 1;
        if (at->next != 0 && at->next->key == at->key && at->next->place > at->place)
            return 2; /* equal keys keep the order of the reversed list */
        sum -= at->key;
        count++;
    }
    if (sum != 0 || count != ITEMS)
        return 3;
    for (uint32_t i = 0; i < 16; i++)
        *crc = crc16(*crc, find_place(list, i * 64) << 16 | list->key);
    return 0;
}

static int matrix_work(uint32_t *random, uint16_t *crc)
{
    int32_t vector[SIZE];
    for (uint32_t row = 0; row < SIZE; row++) {
        vector[row] = (int32_t)(xorshift32(random) & 0xff) - 128;
        for (uint32_t column = 0; column < SIZE; column++) {
            left[row][column] = (int16_t)((xorshift32(random) & 0x1ff) - 256);
            right[row][column] = (int16_t)((xorshift32(random) & 0x1ff) - 256);
        }
    }
    for (uint32_t row = 0; row < SIZE; row++) {
        for (uint32_t column = 0; column < SIZE; column++) {
            int32_t sum = 0;
            for (uint32_t k = 0; k < SIZE; k++)
                sum += left[row][k] * right[k][column];
            product[row][column] = sum;
        }
    }
    /* All values stay below 2^9 * 2^9 * 12 * 2^7 * 12 < 2^33: compared modulo 2^32. */
    for (uint32_t row = 0; row < SIZE; row++) {
        uint32_t direct = 0;
        uint32_t nested = 0;
        for (uint32_t k = 0; k < SIZE; k++) {
            uint32_t inner = 0;
            for (uint32_t column = 0; column < SIZE; column++)
                inner += (uint32_t)(right[k][column] * vector[column]);
            direct += (uint32_t)product[row][k] * (uint32_t)vector[k];
            nested += (uint32_t)left[row][k] * inner;
        }
        if (direct != nested)
            return 4;
        *crc = crc16(*crc, direct);
    }
    return 0;
}

/** Words, numbers and blanks; counts how often the machine enters a word and a number. */
static int text_work(uint32_t *random, uint16_t *crc)
{
    enum { BLANK, WORD, NUMBER } state = BLANK;
    uint32_t expected[2] = {0, 0};
    uint32_t counted[2] = {0, 0};
    uint32_t at = 0;
    while (at + 8 < TEXT_BYTES) {
        const uint32_t kind = xorshift32(random) & 1;
        const char first = kind ? '0' : 'a';
        for (uint32_t size = 1 + xorshift32(random) % 6; size > 0; size--)
            text[at++] = (char)(first + xorshift32(random) % 10);
        text[at++] = ' ';
        expected[kind]++;
    }
    for (uint32_t i = 0; i < at; i++) {
        const char character = text[i];
        switch (state) {
        case BLANK:
            if (character >= 'a' && character <= 'z') {
                counted[0]++;
                state = WORD;
            } else if (character >= '0' && character <= '9') {
                counted[1]++;
                state = NUMBER;
            }
            break;
        case WORD:
        case NUMBER:
            if (character == ' ')
                state = BLANK;
            break;
        }
    }
    if (counted[0] != expected[0] || counted[1] != expected[1])
        return 5;
    *crc = crc16(*crc, counted[0] << 16 | counted[1]);
    return 0;
}

int main(void)
{
    uint32_t random = 5;
    uint16_t crc = 0xffff;
    for (uint32_t iteration = 0; iteration < ITERATIONS; iteration++) {
        int failure = list_work(&random, &crc);
        if (failure == 0)
            failure = matrix_work(&random, &crc);
        if (failure == 0)
            failure = text_work(&random, &crc);
        if (failure != 0)
            return failure;
    }
    return crc == EXPECTED_CRC ? 0 : 6;
}
