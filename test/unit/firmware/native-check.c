/*
 * The portable parts of the firmware, built for the computer that runs the tests: prints one line a
 * case, "name<TAB>value". native.test.ts holds the expected values.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "crc.h"
#include "format.h"
#include "hash.h"
#include "ring.h"

/* The firmware's own versions, renamed on the command line: the host keeps its own. */
void *fw_memcpy(void *restrict to, const void *restrict from, size_t size_bytes);
void *fw_memmove(void *to, const void *from, size_t size_bytes);
void *fw_memset(void *to, int byte, size_t size_bytes);
int fw_memcmp(const void *left, const void *right, size_t size_bytes);
size_t fw_strlen(const char *text);
int fw_strcmp(const char *left, const char *right);

static void put(void *context, char character)
{
    (void)context;
    putchar(character);
}

static void row(const char *name, const char *text, ...)
{
    va_list arguments;
    printf("%s\t", name);
    va_start(arguments, text);
    format_to(put, NULL, text, arguments);
    va_end(arguments);
    putchar('\n');
}

static void check_formats(void)
{
    row("plain", "text 100%%");
    row("character", "<%c>", 'x');
    row("string", "<%s|%6s|%2s>", "abc", "abc", "abc");
    row("decimal", "%d %d %d", 0, -1, 2147483647);
    row("decimal least", "%d", (int)-2147483647 - 1);
    row("unsigned", "%u %lu", 4294967295u, 7ul);
    row("hex", "%x %08x", 0xdeadbeefu, 0xbeefu);
    row("long long", "%llu %llx", 18446744073709551615ull, 0x123456789abcdef0ull);
    row("negative long long", "%lld", -9223372036854775807ll - 1);
    row("width", "<%5u|%05u|%1u>", 42u, 42u, 42u);
    row("width negative", "<%5d|%05d>", -42, -42);
    row("unknown conversion ends the text", "before %q after");
}

static void check_sums(void)
{
    static const uint8_t digits[] = "123456789";
    row("crc16", "%04x", (unsigned)crc16(digits, 9));
    row("crc16 of nothing", "%04x", (unsigned)crc16(digits, 0));
    row("crc32", "%08x", crc32(digits, 9));
    row("crc32 of nothing", "%08x", crc32(digits, 0));
    row("hash 1", "%08x", hash_round(HASH_START));
    row("hash 2", "%08x", hash_round(hash_round(HASH_START)));
}

/** Every offset and size up to 9 against plain loops: counts what differs. */
static unsigned memory_differences(void)
{
    unsigned wrong = 0;
    for (unsigned from = 0; from < 9; from++) {
        for (unsigned to = 0; to < 9; to++) {
            for (unsigned size = 0; size < 9; size++) {
                _Alignas(4) unsigned char a[32];
                _Alignas(4) unsigned char b[32];
                _Alignas(4) unsigned char c[32];
                for (unsigned i = 0; i < 32; i++)
                    a[i] = b[i] = c[i] = (unsigned char)(i * 7 + 1);
                fw_memmove(a + to, a + from, size);
                fw_memcpy(b + 16 + to % 4, b + from, size < 7 ? size : 7);
                fw_memset(c + to, (int)from, size);
                for (unsigned i = 0; i < 32; i++) {
                    const unsigned char old = (unsigned char)(i * 7 + 1);
                    const unsigned moved = i - to < size ? (from + i - to) * 7 + 1 : old;
                    const unsigned count = size < 7 ? size : 7;
                    const unsigned base = 16 + to % 4;
                    const unsigned copied = i - base < count ? (from + i - base) * 7 + 1 : old;
                    wrong += a[i] != (unsigned char)moved;
                    wrong += b[i] != (unsigned char)copied;
                    wrong += c[i] != (i - to < size ? from : old);
                }
            }
        }
    }
    return wrong;
}

static void check_memory(void)
{
    row("memory differences", "%u", memory_differences());
    row("memcmp", "%d %d %d", fw_memcmp("ab", "ab", 2), fw_memcmp("aa", "ab", 2) < 0,
        fw_memcmp("\xff", "\x01", 1) > 0);
    row("strlen", "%u %u", (unsigned)fw_strlen(""), (unsigned)fw_strlen("abc"));
    row("strcmp", "%d %d %d", fw_strcmp("a", "a"), fw_strcmp("a", "ab") < 0,
        fw_strcmp("\xff", "a") > 0);
}

static void check_ring(void)
{
    static uint8_t bytes[4];
    struct ring ring = {.bytes = bytes, .size_bytes = 4, .written = 0xfffffffeu,
                        .taken = 0xfffffffeu};
    unsigned accepted = 0;
    for (unsigned i = 0; i < 6; i++)
        accepted += ring_put(&ring, (uint8_t)(10 + i));
    row("ring over the wrap of its counters", "%u %u %u", accepted, ring_count(&ring),
        (unsigned)ring_is_full(&ring));
    const unsigned newest = ring_peek(&ring, 3);
    const unsigned first = ring_take(&ring);
    const unsigned second = ring_take(&ring);
    row("ring order", "%u %u %u %u", newest, first, second, ring_count(&ring));
}

int main(void)
{
    check_formats();
    check_sums();
    check_memory();
    check_ring();
    return 0;
}
