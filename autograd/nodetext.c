/* nodetext.c - what was found out about a node, in words. */
#include "internal.h"
#include "nodecheck.h"
#include <math.h>
#include <stdio.h>

static const char *text_with_count(const rg_cause *c, char *buf)
{
    long long n = (long long)c->count;
    switch (c->mistake) {
    case RG_MEAN_FOR_SUM:
        snprintf(buf, RG_CAUSE_TEXT, "1/%lld of the slope: a mean where a sum is due?", n);
        break;
    case RG_SUM_FOR_MEAN:
        snprintf(buf, RG_CAUSE_TEXT, "%lld times the slope: a sum where a mean is due?", n);
        break;
    case RG_IS_SHIFTED:
        snprintf(buf, RG_CAUSE_TEXT, "that of the element %lld further %s: off by one?",
                 n < 0 ? -n : n, n < 0 ? "back" : "on");
        break;
    case RG_ZERO_ROWS:
        snprintf(buf, RG_CAUSE_TEXT,
                 "%lld row%s along the first axis got nothing, the rest is right", n,
                 n == 1 ? "" : "s");
        break;
    case RG_ZERO_SOMEWHERE:
        snprintf(buf, RG_CAUSE_TEXT,
                 "0 at %lld of the elements looked at, right elsewhere: masked?", n);
        break;
    case RG_RIGHT_SOMEWHERE:
        snprintf(buf, RG_CAUSE_TEXT, "right at %lld of the elements looked at, wrong elsewhere", n);
        break;
    default:
        snprintf(buf, RG_CAUSE_TEXT,
                 "only what node %lld passes down arrives: '=' where '+=' is due?",
                 (long long)c->other);
    }
    return buf;
}

static const char *text_with_factor(const rg_cause *c, char *buf)
{
    if (c->mistake == RG_CONSTANT_ADDED)
        snprintf(buf, RG_CAUSE_TEXT, "%.6g too much everywhere", c->factor);
    else if (c->factor == .5 || fabs(c->factor - .5) < 1e-6)
        snprintf(buf, RG_CAUSE_TEXT, "half of the slope: one of two paths missing?");
    else
        snprintf(buf, RG_CAUSE_TEXT, "%.8g times the slope, in every element", c->factor);
    return buf;
}

const char *rg_cause_text(const rg_cause *c, char buf[RG_CAUSE_TEXT])
{
    switch (c->mistake) {
    case RG_NOT_WRONG:
        return "";
    case RG_UNLIKE_ANY:
        return "like none of the usual mistakes";
    case RG_NAN_OR_INF:
        return "NaN or infinite where the slope is a number";
    case RG_NOTHING_FLOWS:
        return "nothing flows to this input: a wire left out of the rule?";
    case RG_SIGN_FLIPPED:
        return "the sign is flipped";
    case RG_UPSTREAM_IGNORED:
        return "right for an upstream of 1: is the rule multiplied by g?";
    case RG_IS_TRANSPOSED:
        return "that of the transposed input: a transpose missing or too many?";
    case RG_RIGHT_IF_POSITIVE:
        return "right where the input is positive, and only there";
    case RG_RIGHT_IF_NEGATIVE:
        return "right where the input is negative, and only there";
    case RG_IMPRECISE:
        return "the rule is right in f64; in f32 more is lost than by rounding";
    case RG_NOT_ADDED_UP:
        return "what its consumers pass down is not added up here";
    case RG_NOT_LINEAR:
        return "twice the upstream does not give twice the gradient";
    case RG_NOT_ZERO:
        return "an upstream of 0 gives something";
    case RG_NOT_ADJOINT:
        return "the op is linear, but its rule is not its transpose";
    case RG_NOT_REPEATED:
        return "other bits when the pieces of the work change order";
    case RG_IS_OF_OTHER:
        snprintf(buf, RG_CAUSE_TEXT, "that of operand %c: the operands changed places?",
                 (char)('a' + c->other % 26));
        return buf;
    case RG_FACTOR_OFF:
    case RG_CONSTANT_ADDED:
        return text_with_factor(c, buf);
    default:
        return text_with_count(c, buf);
    }
}

/* "operand b", "all operands together", "value". */
static void part_text(const rg_finding *f, char *buf, size_t size)
{
    if (f->input == RG_OF_VALUE)
        snprintf(buf, size, "value");
    else if (f->input < 0)
        snprintf(buf, size, "all operands together");
    else
        snprintf(buf, size, "operand %c", (char)('a' + f->input % 26));
}

/* What broke a law has no figures. */
static bool has_figures(const rg_node_finding *f)
{
    return f->cause.mistake < RG_NOT_LINEAR || f->cause.mistake > RG_NOT_REPEATED;
}

const char *rg_node_finding_text(const rg_node_finding *f, char buf[RG_NODE_FINDING_TEXT])
{
    char node[RG_TEXT], part[40], figures[RG_FINDING_TEXT] = "", cause[RG_CAUSE_TEXT];
    bool failed = f->verdict == RG_FAIL;
    bool joint = f->cause.mistake == RG_OVERWRITTEN || f->cause.mistake == RG_NOT_ADDED_UP;
    part_text(&f->finding, part, sizeof part);
    if (has_figures(f)) rg_finding_text(&f->finding, figures);
    snprintf(buf, RG_NODE_FINDING_TEXT, "node %lld %s %s: %s: %s: %s%s%s", (long long)f->node->id,
             f->node->op->name, rg_node_text(f->node, node), rg_verdict_text(f->verdict),
             joint ? "what arrives here" : part, figures, failed && *figures ? "; " : "",
             failed ? rg_cause_text(&f->cause, cause) : "");
    return buf;
}

const char *rg_power_text(const rg_power *p, char buf[RG_CAUSE_TEXT])
{
    int n = p->sharp
                ? snprintf(buf, RG_CAUSE_TEXT,
                           "would have caught a relative error of %.0e in %lld of %lld entries",
                           p->relative, (long long)p->sharp, (long long)p->looked)
                : snprintf(buf, RG_CAUSE_TEXT, "would have caught nothing");
    snprintf(buf + n, (size_t)(RG_CAUSE_TEXT - n), "; %lld untested", (long long)p->untested);
    return buf;
}

const char *rg_nodes_report_text(const rg_nodes_report *r, char buf[RG_NODE_FINDING_TEXT])
{
    char power[RG_CAUSE_TEXT];
    int n = snprintf(
        buf, RG_NODE_FINDING_TEXT,
        "%lld nodes by themselves: %lld pass, %lld fail, %lld cannot tell, %lld untested; ",
        (long long)r->nodes, (long long)r->passed, (long long)r->failed, (long long)r->unsure,
        (long long)r->untested);
    if (r->whole.looked)
        n += snprintf(buf + n, (size_t)(RG_NODE_FINDING_TEXT - n), "the whole: %s; ",
                      rg_verdict_text(r->whole.verdict));
    snprintf(buf + n, (size_t)(RG_NODE_FINDING_TEXT - n), "%s", rg_power_text(&r->power, power));
    return buf;
}
