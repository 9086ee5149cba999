/* json_check.c - findings of a check as JSON. */
#define RG_NO_HERE
#include "json_check.h"
#include <string.h>

void json_text(json *j, const char *key, const char *text)
{
    json_key(j, key, strlen(key));
    json_words(j, text, strlen(text));
}

void json_count(json *j, const char *key, int64_t v)
{
    json_key(j, key, strlen(key));
    json_whole(j, v);
}

void json_real(json *j, const char *key, double v)
{
    json_key(j, key, strlen(key));
    json_number(j, RG_F64, v);
}

void json_finding(json *j, const rg_finding *f)
{
    static const char *const point[] = {"smooth", "corner", "jump", "edge", "nowhere"};
    json_open(j, '{');
    json_text(j, "verdict", rg_verdict_text(f->verdict));
    json_count(j, "looked", f->looked);
    json_count(j, "of", f->of);
    json_count(j, "untested", f->untested);
    json_count(j, "unsure", f->unsure);
    json_count(j, "failed", f->failed);
    json_count(j, "sharp", f->sharp);
    json_real(j, "power", f->power);
    json_count(j, "worst", f->worst);
    json_text(j, "point", point[f->point]);
    json_real(j, "analytic", f->analytic);
    json_real(j, "numeric", f->numeric);
    json_real(j, "bar", f->bar);
    json_close(j, '}');
}
