/*
 * Product of integer matrices modulo 2^32: multiplications, strided loads.
 * Oracle: associativity, (A B) v = A (B v), exact modulo 2^32, for a fresh vector each round.
 */
#include "bench.h"

#define SIZE 64
#define ROUNDS 24

static uint32_t a[SIZE][SIZE];
static uint32_t b[SIZE][SIZE];
static uint32_t c[SIZE][SIZE];

static void multiply(void)
{
    for (uint32_t row = 0; row < SIZE; row++) {
        for (uint32_t column = 0; column < SIZE; column++) {
            uint32_t sum = 0;
            for (uint32_t k = 0; k < SIZE; k++)
                sum += a[row][k] * b[k][column];
            c[row][column] = sum;
        }
    }
}

static void apply(const uint32_t matrix[SIZE][SIZE], const uint32_t *vector, uint32_t *result)
{
    for (uint32_t row = 0; row < SIZE; row++) {
        result[row] = 0;
        for (uint32_t k = 0; k < SIZE; k++)
            result[row] += matrix[row][k] * vector[k];
    }
}

int main(void)
{
    uint32_t random = 2;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t vector[SIZE];
        uint32_t inner[SIZE];
        uint32_t expected[SIZE];
        uint32_t got[SIZE];
        for (uint32_t row = 0; row < SIZE; row++) {
            vector[row] = xorshift32(&random);
            for (uint32_t column = 0; column < SIZE; column++) {
                a[row][column] = xorshift32(&random);
                b[row][column] = xorshift32(&random);
            }
        }
        multiply();
        apply(b, vector, inner);
        apply(a, inner, expected);
        apply(c, vector, got);
        for (uint32_t row = 0; row < SIZE; row++) {
            if (got[row] != expected[row])
                return 1;
        }
    }
    return 0;
}
