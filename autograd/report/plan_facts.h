/* plan_facts.h - what there is to tell of a plan: names, work, traffic, lives. For the
 * writers of autograd/report/ only. */
#ifndef RG_PLAN_FACTS_H
#define RG_PLAN_FACTS_H
#include "parts.h"

/* Head or tail of a group: half step 2g or 2g + 1. */
typedef struct rg_half {
    double flops;
    double read, written; /* bytes of memory; what stays in scratch costs nothing */
    bool product;         /* has a head that says itself how many operations it takes */
} rg_half;

/* Sums over the plan. */
typedef struct rg_facts {
    rg_half *half; /* by half step */
    rg_half all;
    uint32_t folded, unread, again;
    double again_flops; /* part of all.flops */
    size_t leaf_bytes, constant_bytes, output_bytes;
    uint32_t *peak; /* items with memory of their own at the fullest half step, as they run */
    uint32_t peaks, peak_half;
    size_t peak_bytes;
} rg_facts;

/* The caller frees it, also after an error (RG_NOMEM). */
rg_status rg_facts_find(const rg_plan *p, rg_facts *f);
void rg_facts_free(const rg_plan *p, rg_facts *f);

/* A hash of how a step looks: its op, shapes and line, not its operands. For each group:
 * groups that look the same have the same. */
uint64_t rg_value_look(const rg_plan *p, uint32_t item);
void rg_facts_looks(const rg_plan *p, uint64_t *look);

/* From i on, how many stand in a pattern that is repeated; *times: how often it stands
 * there. 1 once: nothing is repeated. */
uint32_t rg_find_pattern(const uint64_t *look, uint32_t n, uint32_t i, uint32_t *times);

/* A value in few letters of ASCII: "W1", "%12", "0.5"; "%12'" when it is computed again. */
const char *rg_value_name(const rg_plan *p, uint32_t item, char buf[RG_TEXT]);

/* "matmul(%9, W2~)"; the tilde: a window, transposed, sliced or repeated. */
const char *rg_value_formula(const rg_plan *p, uint32_t item, char buf[RG_TEXT]);

/* "16x32 f32" */
const char *rg_value_shape(const rg_item *v, char buf[RG_TEXT]);

/* "train.c:22", without folders; "" when not known. */
const char *rg_value_source(const rg_plan *p, const rg_item *v, char buf[RG_TEXT]);

/* "scratch", "output", "in W1", "at 4096", "at 4096 over %3", "at 64 for W1" (copied there
 * at the end of a run) */
const char *rg_value_place(const rg_plan *p, uint32_t item, char buf[RG_TEXT]);
bool rg_value_in_place(const rg_plan *p, uint32_t item); /* of a register */
uint32_t rg_value_over(const rg_plan *p, uint32_t item); /* what it overwrites; RG_NOWHERE */

/* "1.25 MB" of 1e6 bytes, "310 kFLOP"; both of numbers from 0. */
const char *rg_amount_text(double n, const char *unit, char buf[RG_TEXT]);

size_t rg_value_bytes(const rg_item *v);

/* Of a step: the bytes of it that are there at once; less where it is made in strips. */
size_t rg_held_bytes(const rg_plan *p, const rg_item *v);

/* The first step of a half; RG_NOWHERE: there is none. */
uint32_t rg_half_first(const rg_plan *p, uint32_t half);

#endif
