/* json_out.h - JSON on a stream, plain ASCII: f64 as %.17g, f32 as %.9g, numbers that
 * JSON lacks as the strings "inf" "-inf" "nan", arrays nested by shape. Commas come
 * by themselves. */
#ifndef CLI_JSON_OUT_H
#define CLI_JSON_OUT_H
#include "tape.h"
#include <stdio.h>

typedef struct json {
    FILE *to;
    bool comma; /* the next value needs one before it */
} json;

/* bracket is '{' or '[' to open, '}' or ']' to close. */
void json_open(json *j, char bracket);
void json_close(json *j, char bracket);

/* The name of the next value. Bytes that are no UTF-8 become U+FFFD. */
void json_key(json *j, const char *name, size_t len);
void json_words(json *j, const char *text, size_t len);
void json_bool(json *j, bool v);
void json_whole(json *j, int64_t v);
/* dtype says how many digits it has. */
void json_number(json *j, rg_dtype dtype, double v);

/* Numbers in row-major order, nested by rank sizes; a bare number for rank 0. rank
 * may exceed RG_MAX_RANK. */
void json_numbers(json *j, rg_dtype dtype, int rank, const int64_t *dim, const double *v);

#endif
