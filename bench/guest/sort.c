/*
 * Heap sort and quick sort of random words: unpredictable branches, swaps.
 * Oracle: the outcome is in order, and sum and parity are the input's; both sorts agree.
 */
#include "bench.h"

#define COUNT 16384u
#define ROUNDS 6
/** The larger part is pushed, so the stack never holds more than log2(COUNT) spans. */
#define SPANS_MAX 32

static uint32_t by_heap[COUNT];
static uint32_t by_quick[COUNT];

static void swap(uint32_t *left, uint32_t *right)
{
    const uint32_t kept = *left;
    *left = *right;
    *right = kept;
}

static void sift_down(uint32_t *values, uint32_t root, uint32_t count)
{
    for (;;) {
        uint32_t child = 2 * root + 1;
        if (child >= count)
            return;
        if (child + 1 < count && values[child] < values[child + 1])
            child++;
        if (values[root] >= values[child])
            return;
        swap(&values[root], &values[child]);
        root = child;
    }
}

static void heap_sort(uint32_t *values, uint32_t count)
{
    for (uint32_t root = count / 2; root-- > 0;)
        sift_down(values, root, count);
    while (count > 1) {
        count--;
        swap(&values[0], &values[count]);
        sift_down(values, 0, count);
    }
}

/** Hoare's partition: first..result are at most the pivot, the rest at least. */
static int32_t partition(uint32_t *values, int32_t first, int32_t last)
{
    const uint32_t pivot = values[first + (last - first) / 2];
    int32_t low = first - 1;
    int32_t high = last + 1;
    for (;;) {
        do
            low++;
        while (values[low] < pivot);
        do
            high--;
        while (values[high] > pivot);
        if (low >= high)
            return high;
        swap(&values[low], &values[high]);
    }
}

static void quick_sort(uint32_t *values, int32_t count)
{
    struct {
        int32_t first;
        int32_t last;
    } spans[SPANS_MAX];
    uint32_t depth = 0;
    int32_t first = 0;
    int32_t last = count - 1;
    for (;;) {
        while (first < last) {
            const int32_t middle = partition(values, first, last);
            if (middle - first < last - middle - 1) {
                spans[depth].first = middle + 1;
                spans[depth++].last = last;
                last = middle;
            } else {
                spans[depth].first = first;
                spans[depth++].last = middle;
                first = middle + 1;
            }
        }
        if (depth == 0)
            return;
        first = spans[--depth].first;
        last = spans[depth].last;
    }
}

int main(void)
{
    uint32_t random = 3;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t sum = 0;
        uint32_t parity = 0;
        for (uint32_t i = 0; i < COUNT; i++) {
            const uint32_t value = xorshift32(&random) >> (round & 3) * 6;
            by_heap[i] = value;
            by_quick[i] = value;
            sum += value;
            parity ^= value;
        }
        heap_sort(by_heap, COUNT);
        quick_sort(by_quick, COUNT);
        for (uint32_t i = 0; i < COUNT; i++) {
            if (i > 0 && by_heap[i - 1] > by_heap[i])
                return 1;
            if (by_quick[i] != by_heap[i])
                return 2;
            sum -= by_heap[i];
            parity ^= by_heap[i];
        }
        if (sum != 0 || parity != 0)
            return 3;
    }
    return 0;
}
