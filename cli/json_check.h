/* json_check.h - what a check has found, as JSON. */
#ifndef CLI_JSON_CHECK_H
#define CLI_JSON_CHECK_H
#include "gradcheck.h"
#include "json_out.h"

/* "key": value */
void json_text(json *j, const char *key, const char *text);
void json_count(json *j, const char *key, int64_t v);
void json_real(json *j, const char *key, double v);

/* A finding as an object. */
void json_finding(json *j, const rg_finding *f);

#endif
