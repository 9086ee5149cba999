/* png.c - PNG (ISO/IEC 15948) with zlib, in base64 (RFC 4648). */
#include "png.h"
#include "memory.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void put_be32(unsigned char *to, uint32_t v)
{
    for (int i = 0; i < 4; i++) to[i] = (unsigned char)(v >> (24 - 8 * i));
}

/* A chunk: length, name, bytes, checksum of name and bytes. */
static void add_chunk(text_file *png, const char name[4], const unsigned char *bytes, size_t n)
{
    unsigned char word[4];
    put_be32(word, (uint32_t)n);
    text_file_add(png, (char *)word, 4);
    size_t from = png->n;
    text_file_add(png, name, 4);
    text_file_add(png, (const char *)bytes, n);
    put_be32(word, (uint32_t)crc32(0, (unsigned char *)png->text + from, (uInt)(n + 4)));
    text_file_add(png, (char *)word, 4);
}

/* Each row behind a byte 0, for no filter; compressed. */
static void add_pixels(text_file *png, size_t row, size_t rows, const unsigned char *pixel)
{
    uLongf packed_size = compressBound((uLong)(rows * (row + 1)));
    unsigned char *raw = memory_new(rows * (row + 1) + 1, 1), *packed = memory_new(packed_size, 1);
    for (size_t r = 0; r < rows; r++) memcpy(raw + r * (row + 1) + 1, pixel + r * row, row);
    if (compress2(packed, &packed_size, raw, (uLong)(rows * (row + 1)), 9) != Z_OK) memory_die();
    add_chunk(png, "IDAT", packed, packed_size);
    free(raw);
    free(packed);
}

static void add_base64(text_file *page, const unsigned char *s, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = 0;
        char four[4];
        for (size_t k = 0; k < 3; k++) v = v << 8 | (i + k < n ? s[i + k] : 0u);
        for (size_t k = 0; k < 4; k++) four[k] = k > n - i ? '=' : digit[v >> (18 - 6 * k) & 63];
        text_file_add(page, four, 4);
    }
}

void png_data_uri(text_file *page, int64_t width, int64_t height, int channels,
                  const unsigned char *pixel)
{
    text_file png = {0};
    unsigned char head[13] = {[8] = 8, [9] = channels == 3 ? 2 : 0};
    put_be32(head, (uint32_t)width);
    put_be32(head + 4, (uint32_t)height);
    text_file_add(&png, "\x89PNG\r\n\x1a\n", 8);
    add_chunk(&png, "IHDR", head, sizeof head);
    add_pixels(&png, (size_t)width * (size_t)channels, (size_t)height, pixel);
    add_chunk(&png, "IEND", head, 0);
    text_file_print(page, "data:image/png;base64,");
    add_base64(page, (unsigned char *)png.text, png.n);
    free(png.text);
}
