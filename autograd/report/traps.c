/* traps.c - wrong answers that say what went wrong: for one step of single numbers, what each
 * known misconception would have answered. One that gives the right answer is no trap. */
#include "story.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct snare {
    rg_trap *trap;
    int traps;
    double answer;
} snare;

static bool equal_enough(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

static void lay_trap(snare *s, const char *id, double value, const char *fmt, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;
static void lay_trap(snare *s, const char *id, double value, const char *fmt, ...)
{
    if (s->traps == RG_MOST_TRAPS || !isfinite(value) || equal_enough(value, s->answer)) return;
    for (int i = 0; i < s->traps; i++)
        if (equal_enough(s->trap[i].value, value)) return;
    rg_trap *t = &s->trap[s->traps++];
    t->id = id;
    t->value = value;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->text, sizeof t->text, fmt, ap);
    va_end(ap);
}

static bool is_op(const rg_node *y, const char *name) { return !strcmp(y->op->name, name); }

/* Misreadings of one gate's own rule: x its input, u what arrives, y its value. */
static void traps_of_gate(snare *s, const rg_node *y, int k, double u, double local)
{
    double x = rg_entry(rg_in(y, k), 0), v = rg_entry(y, 0);
    bool first = k == 0;
    if (is_op(y, "mul"))
        lay_trap(
            s, "Q3", u * x,
            "That is upstream times the wire's own value. The rule for multiplication is upstream "
            "times the value on the OTHER wire.");
    if (is_op(y, "add") || is_op(y, "sub"))
        lay_trap(
            s, "Q6", u / y->nin,
            "That splits the upstream between the inputs. Addition hands the whole of it to each.");
    if (is_op(y, "inv") || (is_op(y, "div") && !first)) {
        lay_trap(
            s, "Q8", -u * local,
            "The size is right, the sign is not: the quotient falls when its denominator grows.");
        lay_trap(s, "Q9", u / x, "That is upstream times 1/x. The derivative of 1/x is -1/x^2.");
    }
    if (is_op(y, "sub") || is_op(y, "neg"))
        lay_trap(s, "Q8", -u * local, "The size is right, the sign is not.");
    if (is_op(y, "max") || is_op(y, "min"))
        lay_trap(s, "Q10", local == 0 ? u : 0,
                 local == 0
                     ? "This wire lost: it could change a little, and the output would not notice."
                     : "This wire won: the output moves with it.");
    if (is_op(y, "relu"))
        lay_trap(s, "Q11", u > 0 ? u : 0,
                 "The mask looks at the sign of the input going forward, not at the sign of the "
                 "gradient.");
    if (is_op(y, "sigmoid")) {
        lay_trap(s, "Q17", u * v,
                 "That is upstream times s. The derivative of the sigmoid is s (1 - s).");
        lay_trap(s, "Q17", u * (1 - v),
                 "That is upstream times 1 - s. The derivative of the sigmoid is s (1 - s).");
    }
    if (is_op(y, "tanh"))
        lay_trap(s, "Q17", u * (1 - v),
                 "The derivative of tanh is 1 - y^2: the square is missing.");
    if (is_op(y, "square"))
        lay_trap(s, "Q9", u * x, "The derivative of x^2 is 2 x: the factor 2 is missing.");
    if (is_op(y, "exp"))
        lay_trap(s, "Q9", u * x,
                 "That is upstream times the input. e^x is its own derivative: upstream times the "
                 "output.");
    if (is_op(y, "log"))
        lay_trap(s, "Q9", u * x, "That multiplies by the input; the derivative of log x is 1/x.");
}

/* What arrives along one way, and what the account holds. */
static void traps_of_sums(snare *s, const rg_story *story, const rg_story_step *step)
{
    const rg_story_wire *w = rg_story_wire_of(story, rg_in(step->y, step->wire));
    if (w->parts < 2 || !step->before) return;
    double part = s->answer, sum = rg_entry(step->after, 0);
    lay_trap(s, "Q4", sum, "That is the sum so far. Asked is what this path adds to it.");
    lay_trap(s, "Q5", part / w->parts,
             "That is divided by the number of paths. Paths add; they are not averaged.");
}

int rg_story_traps(const rg_story *story, const rg_story_step *step, double local,
                   rg_trap trap[RG_MOST_TRAPS])
{
    double u = rg_entry(step->upstream, 0);
    snare s = {.trap = trap, .answer = rg_entry(step->contribution, 0)};
    traps_of_gate(&s, step->y, step->wire, u, local);
    lay_trap(&s, "Q1", local,
             "That is the local derivative alone. Multiply it by what arrives from above.");
    lay_trap(&s, "Q2", u, "That is the upstream alone. Multiply it by the local derivative.");
    lay_trap(&s, "Q7", rg_entry(rg_in(step->y, step->wire), 0),
             "That is the value of the wire going forward, not its gradient.");
    traps_of_sums(&s, story, step);
    lay_trap(&s, "Q8", -s.answer, "The size is right, the sign is not.");
    return s.traps;
}
