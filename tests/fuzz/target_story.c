/* target_story.c - a calculation that the bytes say: its explanation has the bits of rg_grad,
 * its numbers can be derived again from its JSON alone, text and page can be written, and the
 * gradient agrees with slopes. */
#define RG_NO_HERE
#include "fuzz.h"
#include "random_graph.h"
#include "verify.h"
#include <string.h>

typedef struct written {
    char *text;
    size_t n;
} written;

static void keep_text(void *ud, const char *text, size_t n)
{
    written *w = ud;
    w->text = realloc(w->text, w->n + n + 1);
    FUZZ_PROMISE(w->text);
    memcpy(w->text + w->n, text, n);
    w->n += n;
}

static void count_text(void *ud, const char *text, size_t n) { (void)text, *(size_t *)ud += n; }

static void same_gradients(const trace *t, rg_node *const *g)
{
    double want[6];
    for (int i = 0; i < INPUTS; i++) {
        const numbers *got = &t->gradient[i].value;
        FUZZ_PROMISE((g[i] != NULL) == (got->v != NULL));
        if (!g[i]) continue;
        FUZZ_PROMISE(rg_read(g[i], RG_F64, want, (size_t)rg_count_of(g[i])) == RG_OK);
        for (int64_t k = 0; k < rg_count_of(g[i]); k++)
            FUZZ_PROMISE(got->v[k] == want[k] || (got->v[k] != got->v[k] && want[k] != want[k]));
    }
}

static void derive_again(const written *json, rg_node *const *g)
{
    trace t = {0};
    diag d = {0};
    verification v;
    FILE *f = fmemopen(json->text, json->n, "r");
    FUZZ_PROMISE(f && trace_read(&t, f, "memory", &d));
    fclose(f);
    same_gradients(&t, g);
    verify_trace(&v, &t, 0);
    if (v.violations) fprintf(stderr, "%s\n", v.found[0].text);
    FUZZ_PROMISE(v.violations == 0);
    verification_free(&v);
    trace_close(&t);
}

void fuzz_story(const uint8_t *data, size_t n)
{
    if (n < 2) return;
    rg_node *x[INPUTS], *g[INPUTS];
    written json = {0};
    size_t length = 0;
    rg_report report;
    rg_tape *t = rg_tape_new(NULL);
    dice_state = data[0];
    dice_at = data + 2;
    dice_end = data + n;
    rg_node *y = random_graph(t, x, data[1] & 1);
    FUZZ_PROMISE(rg_explain_json(y, INPUTS, x, NULL, keep_text, &json) == RG_OK);
    FUZZ_PROMISE(rg_explain_text(y, INPUTS, x, NULL, count_text, &length) == RG_OK && length);
    if (data[1] & 2)
        FUZZ_PROMISE(rg_explain_html(y, INPUTS, x, NULL, count_text, &length) == RG_OK);
    FUZZ_PROMISE(rg_grad(y, NULL, INPUTS, x, g) == RG_OK);
    derive_again(&json, g);
    if (data[1] & 4) {
        FUZZ_PROMISE(rg_check_graph(y, INPUTS, x, NULL, NULL, &report) == RG_OK);
        FUZZ_PROMISE(report.verdict != RG_FAIL);
    }
    free(json.text);
    rg_tape_free(t);
}
