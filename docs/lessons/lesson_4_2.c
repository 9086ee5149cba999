/* 4.2: the chain rule of probability: any order of the factors gives the joint. */
#include "lesson.h"

/* Sums of a joint table p(a, b, c) over what is not in the set, kept as broadcastable axes. */
static rg_node *marginal(rg_node *joint, const bool kept[3])
{
    for (int axis = 0; axis < 3; axis++)
        if (!kept[axis]) joint = rg_sum_keep(joint, axis);
    return joint;
}

void lesson_4_2(lesson *l)
{
    static const int order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const char *const name[6] = {"p(a) p(b|a) p(c|a,b)", "p(a) p(c|a) p(b|a,c)",
                                        "p(b) p(a|b) p(c|a,b)", "p(b) p(c|b) p(a|b,c)",
                                        "p(c) p(a|c) p(b|a,c)", "p(c) p(b|c) p(a|b,c)"};
    rg_node *raw = rg_exp(normal(l, rg_shape3(2, 3, 2))),
            *joint = rg_div(raw, rg_sum(raw, RG_ALL_AXES));
    double worst = 0;
    for (int o = 0; o < 6; o++) {
        bool kept[3] = {false, false, false};
        rg_node *product = rg_const(l->tape, RG_F64, rg_shape0(), 1),
                *before = rg_const(l->tape, RG_F64, rg_shape0(), 1);
        for (int i = 0; i < 3; i++) {
            kept[order[o][i]] = true;
            rg_node *now = marginal(joint, kept);
            product = rg_mul(product, rg_div(now, before)); /* p(x | those before) */
            before = now;
        }
        double apart = distance(product, joint);
        say(l, "%s   apart %.1e", name[o], apart);
        worst = fmax(worst, apart);
    }
    holds(l, worst < 1e-15, "all six orders of three variables give the joint table");
    double total = rg_value(rg_sum(joint, RG_ALL_AXES));
    holds(l, near(total, 1, 1e-14), "and it sums to 1");
    bool a[] = {true, false, false}, ab[] = {true, true, false};
    rg_node *conditional = rg_div(marginal(joint, ab), marginal(joint, a));
    holds(l,
          distance(rg_sum(conditional, 1), rg_const(l->tape, RG_F64, rg_shape2(2, 1), 1)) < 1e-15,
          "p(b | a) sums to 1 for each a");

    /* p(a,b,c,d,e) = p(a | b,c,d,e) p(b,c,d,e): what is unknown is found by division. */
    rg_shape five = {5, {2, 2, 2, 2, 2}};
    rg_node *r5 = rg_exp(rg_normal(l->tape, RG_F64, five)),
            *p5 = rg_div(r5, rg_sum(r5, RG_ALL_AXES)), *rest = rg_sum_keep(p5, 0),
            *given = rg_div(p5, rg_broadcast(rest, five));
    holds(l, distance(rg_div(p5, given), rg_broadcast(rest, five)) < 1e-15,
          "p(a,b,c,d,e) over p(a | b,c,d,e) is p(b,c,d,e)");
    double cell[6];
    numbers(marginal(joint, ab), 6, cell);
    matrix_figure(l, "A joint table, p(a, b): its cells sum to 1", "b", "a", "probability", 2, 3,
                  cell);
}
LESSON_MAIN(lesson_4_2)
