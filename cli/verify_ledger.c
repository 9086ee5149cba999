/* verify_ledger.c - the accounts of an explanation: what pays into a wire, and the routes that
 * gradients take. */
#include "judge.h"
#include "memory.h"
#include <math.h>
#include <stdlib.h>

/* Does this step pay into the account of a wire, itself or through one of its aliases? */
static bool pays_into(const judge *j, const trace_step *s, uint32_t wire)
{
    uint32_t to = j->t->node[s->node].in[s->wire];
    return s->contribution.v && j->t->node[to].root == wire && j->t->node[s->node].root != wire;
}

/* How many steps pay into each wire. */
static size_t *count_payments(const judge *j)
{
    size_t *payments = memory_new(j->t->nodes + 1, sizeof *payments);
    for (size_t i = 0; i < j->t->steps; i++) {
        const trace_step *s = &j->t->step[i];
        uint32_t wire = j->t->node[j->t->node[s->node].in[s->wire]].root;
        payments[wire] += pays_into(j, s, wire);
    }
    return payments;
}

static void check_account_steps(judge *j, const trace_account *a, size_t payments)
{
    for (size_t i = 0; i < a->steps; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++) again = again || a->step[k] == a->step[i];
        if (!again && pays_into(j, &j->t->step[a->step[i]], a->wire)) continue;
        judge_violate(j, VERIFY_ACCOUNT, a->step[i] + 1, a->wire, "its account lists step %zu%s",
                      a->step[i] + 1, again ? " twice" : ", which does not pay in");
        return;
    }
    if (a->steps != payments)
        judge_violate(j, VERIFY_ACCOUNT, 0, a->wire,
                      "its account lists %zu of %zu steps that pay in", a->steps, payments);
}

static void check_routes(judge *j, const trace_account *a)
{
    double sum = 0, tolerance = judge_tolerance(j, &j->t->node[a->wire]), size = 0;
    for (size_t i = 0; i < a->routes; i++) {
        const trace_route *r = &a->route[i];
        double product = 1;
        for (size_t k = r->length; k-- > 0;)
            if (product != 0) product *= r->factor[k];
        sum += r->product;
        size += fabs(r->product);
        if (!judge_near(product, r->product, tolerance * fabs(product)))
            judge_violate(j, VERIFY_ROUTE, 0, a->wire, "route %zu: the factors make %.9g, not %.9g",
                          i + 1, product, r->product);
        if (r->through[r->length - 1] != j->t->output)
            judge_violate(j, VERIFY_ROUTE, 0, a->wire, "route %zu does not end at the output",
                          i + 1);
    }
    if (a->routes && a->sum.count == 1 && a->sum.v &&
        !judge_near(a->sum.v[0], sum, tolerance * size))
        judge_violate(j, VERIFY_ROUTE, 0, a->wire, "the routes add up to %.9g, not %.9g", sum,
                      a->sum.v[0]);
}

void judge_accounts(judge *j)
{
    size_t *payments = count_payments(j);
    for (size_t i = 0; i < j->t->accounts; i++) {
        const trace_account *a = &j->t->account[i];
        check_account_steps(j, a, payments[a->wire]);
        judge_expect_sum(j, VERIFY_ACCOUNT, 0, a->wire, "the sum of the account", &a->sum);
        check_routes(j, a);
        payments[a->wire] = 0;
    }
    for (uint32_t i = 0; i < j->t->nodes && j->t->has_accounts; i++)
        if (payments[i] > 1)
            judge_violate(j, VERIFY_ACCOUNT, 0, i, "%zu steps pay in, and it has no account",
                          payments[i]);
    free(payments);
}
