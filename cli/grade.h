/* grade.h - is what somebody answered right? A number counts as it is written: 0.12 is right for
 * 0.118532, 0.1 is one digit short. An expression, such as v1*0.118532, counts as computed. */
#ifndef CLI_GRADE_H
#define CLI_GRADE_H
#include "diag.h"
#include "literal.h"
#include "quiz.h"

typedef enum grade { GRADE_RIGHT, GRADE_SHORT, GRADE_CLOSE, GRADE_WRONG, GRADE_SHAPE } grade;

enum { ANSWER_DIGITS = 64 };

/* An answer as it was read. */
typedef struct answer {
    literal value;
    bool computed;             /* an expression, not numbers alone                           */
    int digits[ANSWER_DIGITS]; /* significant ones that each number was written with         */
    int shown;                 /* digits that the asker shows: what an expression can have   */
} answer;

/* Numbers as in NAME=VALUE, or an expression in the names of the question's wires. False: *d
 * says why. Free the value with literal_free in any case. */
bool answer_read(answer *a, const char *text, const rg_question *q, int digits, diag *d);

/* Beside n numbers, in that shape. */
grade answer_grade(const answer *a, rg_shape shape, const double *truth, int64_t n);

/* The trap that it fell into, or NULL. */
const rg_trap *answer_trap(const answer *a, const rg_question *q);

#endif
