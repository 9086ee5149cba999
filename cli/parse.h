/* parse.h - an expression as a list of nodes.
 *
 *   program = stmt {(; | newline) stmt}        stmt = [NAME =] expr
 *   expr    = sum [cmp sum]                    sum  = term {(+|-) term}
 *   term    = unary {(*|/|@) unary}            unary = {-|+} power
 *   power   = postfix [^ unary]                postfix = atom {.T | [index {, index}]}
 *   atom    = number | literal | NAME | NAME(arguments) | (expr)
 *
 * A node stands behind its operands, in the order of evaluation, as on a tape: who
 * reads a program walks an array and never recurses, however long a chain is. */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H
#include "literal.h"
#include "names.h"

enum { PARSE_LEVELS = 1000 };
#define PARSE_NONE UINT32_MAX

typedef enum ast_kind {
    AST_NUMBER,    /* number                                            */
    AST_NAME,      /* a: the name                                       */
    AST_LITERAL,   /* a: place in program.literal                       */
    AST_NEGATE,    /* a: operand                                        */
    AST_BINARY,    /* a op b                                            */
    AST_CALL,      /* a: the function's name, b: place in program.arg   */
    AST_TRANSPOSE, /* a: operand                                        */
    AST_INDEX,     /* a: operand, b: first of program.index             */
    AST_BIND       /* a: the name, b: its value                        */
} ast_kind;

/* clang-format off */
typedef enum ast_op {
    OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MATMUL, OP_POW,
    OP_LT, OP_LE, OP_GT, OP_GE, OP_EQ, OP_NE
} ast_op;
/* clang-format on */

enum {                   /* ast.flags */
       AST_CONSTANT = 1, /* made of numbers alone: ast.number holds the value           */
       AST_NEEDED = 2    /* has a value of its own: not only a number for a function (resolve) */
};

typedef struct ast {
    uint8_t kind, op, flags;
    uint8_t function; /* of an AST_CALL: its row, after resolve            */
    uint32_t at, len; /* the place in the source                           */
    uint32_t mark;    /* where its operator stands                         */
    uint32_t a, b;
    double number;
} ast;

/* An argument of a call; the first of each call holds the count alone. */
typedef struct ast_arg {
    uint32_t value; /* node, or the count                                   */
    uint32_t name;  /* the keyword; PARSE_NONE for a positional argument    */
    span at;        /* of the keyword                                       */
} ast_arg;

/* at, or from:to. */
typedef struct index_item {
    bool slice, has_from, has_to, last;
    int64_t from, to; /* from alone unless slice */
    span at;
} index_item;

typedef struct program {
    const source *src; /* the caller's; must outlive the program            */
    ast *node;
    ast_arg *arg;
    index_item *index;
    literal *literal;
    uint32_t nodes, args, indices, literals;
    size_t node_cap, arg_cap, index_cap, literal_cap;
    names names;
    uint32_t *first_use; /* of each name: the first node that uses it unbound, or
                            PARSE_NONE (resolve)                              */
} program;

/* Read src. False: *d says what is wrong; p is empty. Free p with program_free. */
bool program_parse(program *p, const source *src, diag *d);
void program_free(program *p);

/* Append a node whose operands are there already, and return its number. An operator
 * on constants is a constant. */
uint32_t program_add(program *p, ast n);

/* The node whose value is the program's: the last. */
uint32_t program_root(const program *p);

/* Where the operator of node i stands: what an error is about. */
span program_mark(const program *p, uint32_t i);
span program_span(const program *p, uint32_t i);
const char *ast_op_text(ast_op op);

#endif
