/* test_verify.c - on random graphs the JSON of an explanation has the bits of rg_grad, its
 * numbers can be derived again, and an explanation in which one number was changed is refused.
 * RG_GRAPHS in the environment says how many graphs. */
#define RG_NO_HERE
#include "suite.h"
#include "explain_help.h"
#include "random_graph.h"
#include "verify.h"
#include <math.h>

static char *json_of(rg_node *y, int n, rg_node *const *x, size_t *len)
{
    output o = {0};
    ck_assert_int_eq(rg_explain_json(y, n, x, NULL, collect, &o), RG_OK);
    *len = o.len;
    return o.text;
}

static void read_trace(trace *t, char *text, size_t len)
{
    diag d = {0};
    FILE *f = fmemopen(text, len, "r");
    ck_assert_ptr_nonnull(f);
    bool ok = trace_read(t, f, "memory", &d);
    fclose(f);
    ck_assert_msg(ok, "%s\n%.3000s", d.text, text);
}

static size_t violations_of(const trace *t, char why[200])
{
    verification v;
    verify_trace(&v, t, 0);
    size_t n = v.violations;
    snprintf(why, 200, "%s", n ? v.found[0].text : v.unknown ? v.unknown_op : "");
    n += v.unknown;
    verification_free(&v);
    return n;
}

static void check_bits(const trace *t, rg_node *const *g)
{
    double want[6];
    for (int i = 0; i < INPUTS; i++) {
        const numbers *got = &t->gradient[i].value;
        ck_assert_int_eq(g[i] != NULL, got->v != NULL);
        if (!g[i]) continue;
        ck_assert_int_eq(rg_read(g[i], RG_F64, want, (size_t)rg_count_of(g[i])), RG_OK);
        for (int64_t k = 0; k < rg_count_of(g[i]); k++) ck_assert(got->v[k] == want[k]);
    }
}

/* One of the numbers that the trace claims, which are not all 0. NULL: there is none. */
static double *some_number(trace *t)
{
    trace_step *s = &t->step[dice((int)t->steps)];
    numbers *places[] = {&s->upstream, &s->contribution, &s->after, &t->node[s->node].value};
    numbers *x = places[dice(4)];
    return x->v && x->count ? &x->v[dice((int)x->count)] : NULL;
}

static bool change_is_refused(trace *t)
{
    char why[200];
    if (!t->steps) return true;
    double *v = some_number(t);
    if (!v || !isfinite(*v)) return true;
    double stood = *v;
    *v = stood + 1e-3 * (1 + fabs(stood));
    size_t found = violations_of(t, why);
    *v = stood;
    return found > 0;
}

static void verify_random_graph(uint32_t seed)
{
    dice_state = seed * 2654435761u;
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x[INPUTS], *g[INPUTS];
    rg_node *y = random_graph(t, x, seed % 2 == 0);
    size_t len;
    char why[200], *text = json_of(y, INPUTS, x, &len);
    trace tr;
    read_trace(&tr, text, len);
    ck_assert_int_eq(rg_grad(y, NULL, INPUTS, x, g), RG_OK);
    check_bits(&tr, g);
    ck_assert_msg(violations_of(&tr, why) == 0, "seed %u: %s\n%.3000s", (unsigned)seed, why, text);
    for (int i = 0; i < 4; i++)
        ck_assert_msg(change_is_refused(&tr), "seed %u: a change was not noticed\n%.3000s",
                      (unsigned)seed, text);
    trace_close(&tr);
    free(text);
    rg_tape_free(t);
}

START_TEST(random_graphs_are_derived_again)
{
    const char *asked = getenv("RG_GRAPHS");
    uint32_t graphs = asked ? (uint32_t)strtoul(asked, NULL, 10) : 500;
    for (uint32_t seed = 0; seed < graphs; seed++) verify_random_graph(seed);
}
END_TEST

START_TEST(reshaped_wires_have_accounts_of_their_roots)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x =
        rg_name(rg_leaf_from(t, RG_F64, rg_shape2(2, 3), (double[]){1, 2, 3, 4, 5, 6}, 6), "x");
    rg_node *flat = rg_reshape(x, rg_shape1(6));
    rg_node *y = rg_add(rg_sum(rg_square(flat), RG_ALL_AXES), rg_sum(rg_mul(x, x), RG_ALL_AXES));
    size_t len;
    char why[200], *text = json_of(y, 1, &x, &len);
    trace tr;
    read_trace(&tr, text, len);
    ck_assert_msg(violations_of(&tr, why) == 0, "%s\n%s", why, text);
    ck_assert_uint_eq(tr.account[0].steps, 3);
    trace_close(&tr);
    free(text);
    rg_tape_free(t);
}
END_TEST

START_TEST(names_are_escaped)
{
    rg_tape *t = rg_tape_new(NULL);
    rg_node *x = rg_name(rg_scalar(t, 3), "\"</script>\\\n\xff");
    size_t len;
    char *text = json_of(rg_square(x), 1, &x, &len);
    ck_assert_ptr_nonnull(strstr(text, "\"\\\"\\u003c/script>\\\\\\u000a\\ufffd\""));
    ck_assert_ptr_null(strstr(text, "</script"));
    trace tr;
    read_trace(&tr, text, len);
    ck_assert_str_eq(tr.node[0].name, "\"</script>\\\n\xef\xbf\xbd");
    trace_close(&tr);
    free(text);
    rg_tape_free(t);
}
END_TEST

RG_SUITE("verify", random_graphs_are_derived_again, reshaped_wires_have_accounts_of_their_roots,
         names_are_escaped)
