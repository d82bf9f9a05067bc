/*
 * Work on strings: decimal conversion both ways, joining, length, reversal, search, comparison.
 * Oracle: closed forms (the digits of 0 .. COUNT - 1, Gauss's sum), and that a text reversed twice
 * is the text.
 */
#include "bench.h"

#define COUNT 2000u
/** 10 * 1 + 90 * 2 + 900 * 3 + 1000 * 4 digits, and one blank after each number. */
#define TEXT_BYTES (10u + 180u + 2700u + 4000u + COUNT)
#define ROUNDS 70

static char text[TEXT_BYTES + 1];
static char copy[TEXT_BYTES + 1];

static uint32_t length(const char *string)
{
    const char *end = string;
    while (*end != '\0')
        end++;
    return (uint32_t)(end - string);
}

static char *put_decimal(char *at, uint32_t value)
{
    char digits[10];
    uint32_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static void reverse(char *string, uint32_t size_bytes)
{
    for (uint32_t i = 0; i < size_bytes / 2; i++) {
        const char kept = string[i];
        string[i] = string[size_bytes - 1 - i];
        string[size_bytes - 1 - i] = kept;
    }
}

static uint32_t occurrences(const char *string, const char *pattern)
{
    uint32_t count = 0;
    for (; *string != '\0'; string++) {
        uint32_t i = 0;
        while (pattern[i] != '\0' && pattern[i] == string[i])
            i++;
        count += pattern[i] == '\0';
    }
    return count;
}

static int equal(const char *left, const char *right)
{
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return *left == *right;
}

static uint32_t sum_of_numbers(const char *string)
{
    uint32_t sum = 0;
    uint32_t number = 0;
    for (; *string != '\0'; string++) {
        if (*string != ' ') {
            number = number * 10 + (uint32_t)(*string - '0');
            continue;
        }
        sum += number;
        number = 0;
    }
    return sum;
}

int main(void)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        char *at = text;
        for (uint32_t i = 0; i < COUNT; i++) {
            at = put_decimal(at, i);
            *at++ = ' ';
        }
        *at = '\0';
        if (length(text) != TEXT_BYTES)
            return 1;
        if (sum_of_numbers(text) != COUNT * (COUNT - 1) / 2)
            return 2;
        /* "99 " ends 99, 199, .. 1999: one number in a hundred. */
        if (occurrences(text, "99 ") != COUNT / 100)
            return 3;
        for (uint32_t i = 0; i <= TEXT_BYTES; i++)
            copy[i] = text[i];
        reverse(copy, TEXT_BYTES);
        /* The text ends in "1998 1999 " and begins with "0 1 2 ": not a palindrome. */
        if (equal(copy, text))
            return 4;
        if (occurrences(copy, " 99") != COUNT / 100)
            return 5;
        reverse(copy, TEXT_BYTES);
        if (!equal(copy, text))
            return 6;
    }
    return 0;
}
