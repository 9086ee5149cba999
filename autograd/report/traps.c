/* traps.c - wrong answers that say what went wrong: what each known misconception would have
 * answered. One that gives the right answer is no trap, and of two that give the same number the
 * first is told. The numbers Q1 to Q18 are those of
 * docs/explain-json.md. */
#include "snare.h"
#include <math.h>
#include <string.h>

/* ---- the snare -------------------------------------------------------------------------- */

static bool equal_enough(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

void rg_snare_begin(rg_snare *w, const rg_story *s, const rg_node *x, int64_t first, int64_t n,
                    rg_trap *trap, double *room)
{
    *w =
        (rg_snare){.s = s, .trap = trap, .n = n, .value = room, .answer = room + RG_MOST_TRAPS * n};
    for (int64_t i = 0; i < n; i++) w->answer[i] = rg_entry(x, first + i);
}

static double *numbers_of_trap(const rg_snare *w, int k) { return w->value + k * w->n; }

void rg_lay_trap(rg_snare *w, const char *id, double value, const char *text)
{
    int k = 0;
    while (k < w->traps && strcmp(w->trap[k].text, text) != 0) k++;
    if (k == RG_MOST_TRAPS) return;
    if (k == w->traps) {
        w->trap[w->traps++] = (rg_trap){.id = id, .text = text};
        memcpy(numbers_of_trap(w, k), w->answer, (size_t)w->n * sizeof(double));
    }
    numbers_of_trap(w, k)[w->at] = value;
}

static bool says_the_same(const rg_snare *w, const double *a, const double *b)
{
    for (int64_t i = 0; i < w->n; i++)
        if (!equal_enough(a[i], b[i])) return false;
    return true;
}

static bool is_a_trap(const rg_snare *w, int k, int kept)
{
    const double *mine = numbers_of_trap(w, k);
    bool turned = w->trap[k].turned;
    for (int64_t i = 0; i < w->n; i++)
        if (!isfinite(mine[i])) return false;
    if (!turned && says_the_same(w, mine, w->answer)) return false;
    for (int j = 0; j < kept; j++)
        if (w->trap[j].turned == turned && says_the_same(w, mine, numbers_of_trap(w, j)))
            return false;
    return true;
}

int rg_snare_end(rg_snare *w)
{
    int kept = 0;
    for (int k = 0; k < w->traps; k++) {
        if (!is_a_trap(w, k, kept)) continue;
        if (kept < k)
            memcpy(numbers_of_trap(w, kept), numbers_of_trap(w, k), (size_t)w->n * sizeof(double));
        w->trap[kept] = w->trap[k];
        w->trap[kept].value = numbers_of_trap(w, kept)[0];
        w->trap[kept].values = w->n > 1 ? numbers_of_trap(w, kept) : NULL;
        kept++;
    }
    return kept;
}

/* ---- one gate that works entry by entry ------------------------------------------------- */


typedef struct place_of_step { /* the numbers around one entry of a step */
    const rg_node *y;
    int k;
    double x, v, u, local; /* of the wire, of the output, what arrives; the derivative */
} place_of_step;

static void traps_of_products(rg_snare *w, const place_of_step *at)
{
    if (rg_is_op(at->y, "mul"))
        rg_lay_trap(w, "Q3", at->u * at->x,
                    "That is upstream times the wire's own value. The rule for multiplication is "
                    "upstream times the value on the OTHER wire.");
    if (rg_is_op(at->y, "inv") || (rg_is_op(at->y, "div") && at->k == 1))
        rg_lay_trap(w, "Q8", -at->u * at->local,
                    "The size is right, the sign is not: the quotient falls when its denominator "
                    "grows.");
    if (rg_is_op(at->y, "scale"))
        rg_lay_trap(w, "Q15", at->u,
                    "The constant factor is missing: a mean divides by how many there are, and "
                    "its gradient is divided too.");
    if (rg_is_op(at->y, "square"))
        rg_lay_trap(w, "Q15", at->u * at->x,
                    "The derivative of x^2 is 2 x: the factor 2 is missing.");
}

static void traps_of_sums(rg_snare *w, const place_of_step *at)
{
    if (rg_is_op(at->y, "add") || rg_is_op(at->y, "sub"))
        rg_lay_trap(w, "Q6", at->u / at->y->nin,
                    "That splits the upstream between the inputs. Addition hands the whole of it "
                    "to each.");
    if (rg_is_op(at->y, "sub") || rg_is_op(at->y, "neg"))
        rg_lay_trap(w, "Q8", -at->u * at->local, "The size is right, the sign is not.");
}

static void traps_of_choices(rg_snare *w, const place_of_step *at)
{
    if ((rg_is_op(at->y, "max") || rg_is_op(at->y, "min")) && at->local == 0)
        rg_lay_trap(w, "Q10", at->u,
                    "This wire lost: it could change a little, and the output would not notice.");
    if ((rg_is_op(at->y, "max") || rg_is_op(at->y, "min")) && at->local != 0)
        rg_lay_trap(w, "Q10", 0, "This wire won: the output moves with it.");
    if (rg_is_op(at->y, "relu"))
        rg_lay_trap(w, "Q11", at->u > 0 ? at->u : 0,
                    "The mask looks at the sign of the input going forward, not at the sign of "
                    "the gradient.");
}

static void traps_of_curves(rg_snare *w, const place_of_step *at)
{
    if (rg_is_op(at->y, "inv") || (rg_is_op(at->y, "div") && at->k == 1))
        rg_lay_trap(w, "Q9", at->u / at->x,
                    "That is upstream times 1/x. The derivative of 1/x is -1/x^2.");
    if (rg_is_op(at->y, "sigmoid")) {
        rg_lay_trap(w, "Q17", at->u * at->v,
                    "That is upstream times s. The derivative of the sigmoid is s (1 - s).");
        rg_lay_trap(w, "Q17", at->u * (1 - at->v),
                    "That is upstream times 1 - s. The derivative of the sigmoid is s (1 - s).");
    }
    if (rg_is_op(at->y, "tanh"))
        rg_lay_trap(w, "Q17", at->u * (1 - at->v),
                    "The derivative of tanh is 1 - y^2: the square is missing.");
    if (rg_is_op(at->y, "exp"))
        rg_lay_trap(w, "Q9", at->u * at->x,
                    "That is upstream times the input. e^x is its own derivative: upstream times "
                    "the output.");
    if (rg_is_op(at->y, "log"))
        rg_lay_trap(w, "Q9", at->u * at->x,
                    "That multiplies by the input; the derivative of log x is 1/x.");
}

/* The other wire as it is after one step down its own gradient, at usual rates. */
static void traps_of_updates(rg_snare *w, const place_of_step *at, int64_t i)
{
    static const double rate[] = {1, 0.1, 0.01};
    if (!rg_is_op(at->y, "mul")) return;
    const rg_node *other = rg_in(at->y, 1 - at->k);
    const rg_story_wire *wire = rg_story_wire_of(w->s, other);
    if (wire->role != RG_ROLE_INPUT || !wire->gradient ||
        wire->gradient->layout->count != other->layout->count)
        return;
    static const char *const text[] = {
        "That is upstream times the other wire after an update by its gradient. The backward pass "
        "uses the values of the forward pass.",
        "That is upstream times the other wire after an update by 0.1 of its gradient. The "
        "backward pass uses the values of the forward pass.",
        "That is upstream times the other wire after an update by 0.01 of its gradient. The "
        "backward pass uses the values of the forward pass."};
    for (int r = 0; r < 3; r++)
        rg_lay_trap(w, "Q16", at->u * (rg_entry(other, i) - rate[r] * rg_entry(wire->gradient, i)),
                    text[r]);
}

/* Order decides: of traps that give the same number the one laid first is told. What is peculiar
 * to the rule of a gate comes first, then a factor left out, then the derivative of another
 * function, which is rarer. */
static void traps_of_gate(rg_snare *w, const place_of_step *at, int64_t i)
{
    traps_of_products(w, at);
    traps_of_sums(w, at);
    traps_of_choices(w, at);
    rg_lay_trap(w, "Q1", at->local,
                "That is the local derivative alone. Multiply it by what arrives from above.");
    rg_lay_trap(w, "Q2", at->u, "That is the upstream alone. Multiply it by the local derivative.");
    traps_of_curves(w, at);
    traps_of_updates(w, at, i);
}

/* ---- any step --------------------------------------------------------------------------- */

/* What arrives along one way, and what the account holds. */
static void traps_of_account(rg_snare *w, const rg_story_step *step, int64_t i)
{
    const rg_story_wire *to = rg_story_wire_of(w->s, rg_in(step->y, step->wire));
    if (to->parts < 2 || !step->before) return;
    rg_lay_trap(w, "Q4", rg_entry(step->after, i),
                "That is the sum so far. Asked is what this path adds to it.");
    rg_lay_trap(w, "Q5", w->answer[w->at] / to->parts,
                "That is divided by the number of paths. Paths add; they are not averaged.");
}

/* Whatever the gate. */
static void traps_of_any(rg_snare *w, const rg_story_step *step, double x, int64_t i)
{
    rg_lay_trap(w, "Q7", x, "That is the value of the wire going forward, not its gradient.");
    traps_of_account(w, step, i);
    rg_lay_trap(w, "Q8", -w->answer[w->at], "The size is right, the sign is not.");
}

int rg_entry_traps(const rg_story *s, const rg_story_step *step, const rg_node *local,
                   int64_t first, int64_t n, rg_trap trap[RG_MOST_TRAPS], double *room)
{
    rg_snare w;
    const rg_node *y = step->y, *x = rg_in(y, step->wire);
    bool each = local && y->op->kind == RG_ELEMENTWISE;
    rg_snare_begin(&w, s, step->contribution, first, n, trap, room);
    for (w.at = 0; w.at < n; w.at++) {
        int64_t i = first + w.at;
        place_of_step at = {.y = y, .k = step->wire, .x = rg_entry(x, i)};
        if (each) {
            at.v = rg_entry(y, i);
            at.u = rg_entry(step->upstream, i);
            at.local = rg_entry(local, local->layout->count == 1 ? 0 : i);
            traps_of_gate(&w, &at, i);
        } else
            rg_traps_of_whole(&w, step, i);
        traps_of_any(&w, step, at.x, i);
    }
    return rg_snare_end(&w);
}

int rg_story_traps(const rg_story *s, const rg_story_step *step, double local,
                   rg_trap trap[RG_MOST_TRAPS])
{
    double room[RG_TRAP_ROOM(1)];
    rg_snare w;
    const rg_node *y = step->y;
    place_of_step at = {.y = y,
                        .k = step->wire,
                        .x = rg_entry(rg_in(y, step->wire), 0),
                        .v = rg_entry(y, 0),
                        .u = rg_entry(step->upstream, 0),
                        .local = local};
    rg_snare_begin(&w, s, step->contribution, 0, 1, trap, room);
    traps_of_gate(&w, &at, 0);
    traps_of_any(&w, step, at.x, 0);
    return rg_snare_end(&w);
}

/* ---- what a wire has in the end --------------------------------------------------------- */

/* The part that came to x past mean and variance: x goes into x - mean, which goes into a
 * quotient, and into the sum of the mean. NULL: it is no such wire. */
static const rg_node *direct_part(const rg_story *s, const rg_node *x)
{
    const rg_node *centred = NULL;
    bool summed = false;
    for (uint32_t i = rg_story_wire_of(s, x)->first; i; i = s->step[i - 1].next) {
        const rg_story_step *step = &s->step[i - 1];
        if (rg_is_op(step->y, "sub") && step->wire == 0) centred = rg_story_root(s, step->y);
        summed |= rg_is_op(step->y, "sum");
    }
    if (!centred || !summed) return NULL;
    for (uint32_t i = rg_story_wire_of(s, centred)->first; i; i = s->step[i - 1].next)
        if (rg_is_op(s->step[i - 1].y, "div") && s->step[i - 1].wire == 0)
            return s->step[i - 1].contribution;
    return NULL;
}

int rg_sum_traps(const rg_story *s, const rg_node *x, int64_t first, int64_t n,
                 rg_trap trap[RG_MOST_TRAPS], double *room)
{
    const rg_story_wire *to = rg_story_wire_of(s, x);
    const rg_node *direct = direct_part(s, x);
    rg_snare w;
    rg_snare_begin(&w, s, to->gradient, first, n, trap, room);
    for (w.at = 0; w.at < n; w.at++) {
        int64_t i = first + w.at;
        if (direct && direct->layout->count == x->layout->count)
            rg_lay_trap(&w, "Q18", rg_entry(direct, i),
                        "That is the direct path alone, as if mean and variance stood still. They "
                        "move with every entry: three paths add up.");
        rg_lay_trap(&w, "Q4", rg_entry(s->step[to->last - 1].contribution, i),
                    "That is what arrived last. It is added to what came before, it does not "
                    "replace it.");
        rg_lay_trap(&w, "Q4", rg_entry(s->step[to->first - 1].contribution, i),
                    "That is what arrived first. The others are added to it.");
        rg_lay_trap(&w, "Q5", w.answer[w.at] / to->parts,
                    "That is divided by the number of paths. Paths add; they are not averaged.");
        rg_lay_trap(&w, "Q7", rg_entry(x, i),
                    "That is the value of the wire going forward, not its gradient.");
        rg_lay_trap(&w, "Q8", -w.answer[w.at], "The size is right, the sign is not.");
    }
    return rg_snare_end(&w);
}
