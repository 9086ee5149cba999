/* lesson.h - what the lessons have in common. A lesson is a function that computes something
 * with the public functions of Retrograd, says it as a table, states facts about it, and
 * draws it.
 *
 *   holds   a fact that is proved: equal up to rounding, or true of every case there is;
 *           it comes out with every seed
 *   shown   an observation on this set-up; what depends much on the seed is averaged
 *   slip    a form that is easily written and wrong, beside the right one
 *
 * A fact that does not come out makes the lesson fail. Each file is a program, too, with lesson.c
 * and what several lessons share:
 *   cc -DLESSON_ALONE lesson_8_3.c lesson.c deep.c learn.c norms.c poly.c valley.c wells.c \
 *       $(pkg-config --cflags --libs retrograd) -lm && ./a.out DIR
 * DIR receives its figures, lesson_8_3-1.svg and .csv; without it there are none. */
#ifndef LESSON_H
#define LESSON_H
#include <math.h>
#include <retrograd/retrograd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { LESSON_FIGURES = 6 };

typedef enum lesson_tone {
    LESSON_SAYS,
    LESSON_HOLDS,
    LESSON_SHOWN,
    LESSON_SLIP,
    LESSON_FAILS
} lesson_tone;

typedef struct lesson {
    rg_tape *tape;                                              /* empty, f64 all the way, seeded */
    void (*hear)(void *ud, lesson_tone tone, const char *text); /* every line, without its end */
    void *ud;
    int facts, failed;
    int figures;
    rg_figure *figure[LESSON_FIGURES];
    char title[LESSON_FIGURES][80]; /* of each figure */
} lesson;

/* Run a lesson: RG_NOMEM, or RG_OK when it came to its end; its facts are in l->failed. What
 * goes wrong on its tape is a fact that fails. hear, ud are the caller's; close it afterwards,
 * when the figures were written. */
rg_status lesson_open(lesson *l, uint64_t seed);
void lesson_run(lesson *l, void (*run)(lesson *l));
void lesson_close(lesson *l);

#if defined(__GNUC__)
#define LESSON_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define LESSON_PRINTF(f, a)
#endif

/* ---- what a lesson says ------------------------------------------------------------------ */

void say(lesson *l, const char *fmt, ...) LESSON_PRINTF(2, 3);
void holds(lesson *l, bool fact, const char *fmt, ...) LESSON_PRINTF(3, 4);
void shown(lesson *l, bool fact, const char *fmt, ...) LESSON_PRINTF(3, 4);
/* The literal form must be wrong and the right one right. */
void slip(lesson *l, bool literal, bool right, const char *fmt, ...) LESSON_PRINTF(4, 5);

/* A figure of the lesson, to be drawn into; never freed by the lesson. */
rg_figure *figure(lesson *l, const char *title, const char *about, const char *x, const char *y);
rg_figure *figure_with(lesson *l, const rg_figure_options *o);

/* A matrix as cells: row 0 on top. across and up name its columns and rows. */
rg_figure *matrix_figure(lesson *l, const char *title, const char *across, const char *up,
                         const char *what, int64_t rows, int64_t columns, const double *v);

/* ---- numbers --------------------------------------------------------------------------- */

/* Equal but for rounding: |a - b| <= relative times the larger, or below 1e-300. */
bool near(double a, double b, double relative);

rg_node *vector(lesson *l, int64_t n, const double *v);
rg_node *matrix(lesson *l, int64_t rows, int64_t columns, const double *v);
rg_node *zeros(lesson *l, rg_shape shape);
/* Standard normal, and even in [0, 1), drawn from the tape's seed. */
rg_node *normal(lesson *l, rg_shape shape);
rg_node *even(lesson *l, rg_shape shape);

/* The n numbers of x. */
void numbers(rg_node *x, int64_t n, double *out);
/* Number i of x. */
double number(rg_node *x, int64_t i);
/* The gradient of y (one element) with respect to x; zeros where none arrives. */
rg_node *gradient(rg_node *y, rg_node *x);
/* dy/dx, in dims(y) + dims(x), and the second derivatives of f (one element). */
rg_node *jacobian(rg_node *y, rg_node *x);
rg_node *hessian(rg_node *f, rg_node *x);
/* The largest |a - b| among all elements. */
double distance(rg_node *a, rg_node *b);
/* Their standard deviation (divided by n), and how far it is. */
double deviation(rg_node *x);

#ifdef LESSON_ALONE
/* The whole of main: figures are DIR/NAME-1.svg and .csv, where the only argument is DIR. */
int lesson_alone(void (*run)(lesson *l), const char *name, int argc, char **argv);
#define LESSON_MAIN(name)                                                                          \
    int main(int argc, char **argv) { return lesson_alone(name, #name, argc, argv); }
#else
#define LESSON_MAIN(name)
#endif

#define LESSON(id, section, title) void lesson_##id(lesson *l);
#include "lessons.def"
#undef LESSON

#endif
