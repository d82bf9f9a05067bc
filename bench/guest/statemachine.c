/*
 * A state machine that tells integers, fractions, exponents and malformed tokens apart, one
 * character a step: a table of transitions, a class look-up, unpredictable states.
 * Oracle: the generator of the text knows how many tokens of each kind it wrote.
 */
#include "bench.h"

#define TEXT_BYTES 65536u
#define TOKEN_MAX_BYTES 16
#define PASSES 42

enum kind { INTEGER, FRACTION, EXPONENT, MALFORMED, KINDS };
enum class { DIGIT, SIGN, POINT, LETTER_E, COMMA, OTHER, CLASSES };
enum state { START, SIGNED, WHOLE, POINTED, PART, LETTERED, POWER_SIGNED, POWER, BROKEN, STATES };

/** Next state by state and class; a comma ends the token and goes back to START. */
static const uint8_t next_state[STATES][CLASSES] = {
    /*                   DIGIT   SIGN          POINT    LETTER_E  COMMA  OTHER */
    [START] = {          WHOLE,  SIGNED,       BROKEN,  BROKEN,   START, BROKEN},
    [SIGNED] = {         WHOLE,  BROKEN,       BROKEN,  BROKEN,   START, BROKEN},
    [WHOLE] = {          WHOLE,  BROKEN,       POINTED, LETTERED, START, BROKEN},
    [POINTED] = {        PART,   BROKEN,       BROKEN,  BROKEN,   START, BROKEN},
    [PART] = {           PART,   BROKEN,       BROKEN,  LETTERED, START, BROKEN},
    [LETTERED] = {       POWER,  POWER_SIGNED, BROKEN,  BROKEN,   START, BROKEN},
    [POWER_SIGNED] = {   POWER,  BROKEN,       BROKEN,  BROKEN,   START, BROKEN},
    [POWER] = {          POWER,  BROKEN,       BROKEN,  BROKEN,   START, BROKEN},
    [BROKEN] = {         BROKEN, BROKEN,       BROKEN,  BROKEN,   START, BROKEN},
};

/** What a token is that ends in a state. */
static const uint8_t kind_at_end[STATES] = {
    [START] = MALFORMED,    [SIGNED] = MALFORMED, [WHOLE] = INTEGER,
    [POINTED] = MALFORMED,  [PART] = FRACTION,    [LETTERED] = MALFORMED,
    [POWER_SIGNED] = MALFORMED, [POWER] = EXPONENT, [BROKEN] = MALFORMED,
};

static uint8_t class_of[256];
static char text[TEXT_BYTES];

static void prepare_classes(void)
{
    for (uint32_t i = 0; i < 256; i++)
        class_of[i] = OTHER;
    for (uint32_t i = '0'; i <= '9'; i++)
        class_of[i] = DIGIT;
    class_of['+'] = SIGN;
    class_of['-'] = SIGN;
    class_of['.'] = POINT;
    class_of['e'] = LETTER_E;
    class_of['E'] = LETTER_E;
    class_of[','] = COMMA;
}

static char *put_digits(char *at, uint32_t *random)
{
    for (uint32_t count = 1 + xorshift32(random) % 4; count > 0; count--)
        *at++ = (char)('0' + xorshift32(random) % 10);
    return at;
}

static char *put_token(char *at, enum kind kind, uint32_t *random)
{
    if (xorshift32(random) & 1)
        *at++ = '-';
    at = put_digits(at, random);
    if (kind != INTEGER) {
        *at++ = '.';
        at = put_digits(at, random);
    }
    if (kind == EXPONENT) {
        *at++ = 'e';
        at = put_digits(at, random);
    }
    if (kind == MALFORMED)
        *at++ = '+';
    *at++ = ',';
    return at;
}

int main(void)
{
    uint32_t random = 4;
    uint32_t written[KINDS] = {0};
    char *end = text;
    prepare_classes();
    while (end + TOKEN_MAX_BYTES < text + TEXT_BYTES) {
        const enum kind kind = (enum kind)(xorshift32(&random) % KINDS);
        end = put_token(end, kind, &random);
        written[kind]++;
    }
    for (uint32_t pass = 0; pass < PASSES; pass++) {
        uint32_t counted[KINDS] = {0};
        uint32_t state = START;
        for (const char *at = text; at < end; at++) {
            const uint32_t class = class_of[(uint8_t)*at];
            if (class == COMMA)
                counted[kind_at_end[state]]++;
            state = next_state[state][class];
        }
        for (uint32_t kind = 0; kind < KINDS; kind++) {
            if (counted[kind] != written[kind])
                return (int)(1 + kind);
        }
    }
    return 0;
}
