/* export_c.c - what differs between exported models: the numbers, and one function that
 * calls the layers. All networks of an ensemble are of one spec, so they share it. */
#define RG_NO_HERE
#include "export_c.h"
#include "memory.h"
#include "op.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct exporting {
    text_file *to;
    const rg_model_file *f;
    const rg_model *m;
    const char *prefix, *suffix; /* "f" behind the functions for float */
} exporting;

/* A fixed part, with its two marks replaced. */
static void put_part(const exporting *x, const char *text)
{
    for (size_t n; *text; text += n) {
        n = strcspn(text, "$@");
        text_file_add(x->to, text, n);
        if (!text[n]) return;
        text_file_print(x->to, "%s", text[n] == '$' ? x->prefix : x->suffix);
        n++;
    }
}

/* ---- numbers and texts ----------------------------------------------------------------- */

static void put_number(const exporting *x, double v, bool single)
{
    char text[40];
    int n = snprintf(text, sizeof text, "%.*g", single ? 9 : 17, v);
    if (isnan(v))
        text_file_print(x->to, "NAN");
    else if (isinf(v))
        text_file_print(x->to, v < 0 ? "-INFINITY" : "INFINITY");
    else
        text_file_print(x->to, "%s%s%s", text, strcspn(text, ".e") == (size_t)n ? ".0" : "",
                        single ? "f" : "");
}

static void put_numbers(const exporting *x, const double *v, int64_t n, bool single)
{
    for (int64_t i = 0; i < n; i++) {
        text_file_print(x->to, i % 8 ? ", " : i ? ",\n    " : "\n    ");
        put_number(x, v[i], single);
    }
    text_file_print(x->to, "};\n");
}

/* Any bytes as a string of C. */
static void put_string(const exporting *x, const char *text)
{
    text_file_print(x->to, "\"");
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool plain = *p >= 32 && *p < 127 && *p != '"' && *p != '\\' && *p != '?';
        text_file_print(x->to, plain ? "%c" : "\\%03o", *p);
    }
    text_file_print(x->to, "\"");
}

static void put_strings(const exporting *x, const char *const *text, int n)
{
    for (int i = 0; i < n; i++) {
        text_file_print(x->to, i % 8 ? ", " : i ? ",\n    " : "\n    ");
        put_string(x, text[i]);
    }
    text_file_print(x->to, "};\n");
}

static int64_t inputs_of(const exporting *x) { return x->m[0].inputs; }
static bool classifies(const exporting *x) { return x->f->info.task == RG_CLASSIFY; }

/* ---- the head --------------------------------------------------------------------------- */

static int64_t widest(const exporting *x)
{
    int64_t most = inputs_of(x);
    for (int i = 0; i < x->m[0].spec.layers; i++)
        if (x->m[0].spec.layer[i].kind == RG_LINEAR && x->m[0].spec.layer[i].width > most)
            most = x->m[0].spec.layer[i].width;
    return most;
}

static void put_about(const exporting *x)
{
    const rg_model_info *info = &x->f->info;
    text_file_print(x->to,
                    "/* A network that Retrograd %s has trained, as C99 that needs nothing but "
                    "<math.h>.\n *\n *     ",
                    rg_version());
    /* What the parser of specs took has no end of a comment in it. */
    for (const char *p = info->spec; *p; p++)
        text_file_print(x->to, "%c", *p >= 32 && *p < 127 && *p != '*' ? *p : ' ');
    text_file_print(
        x->to,
        "\n *\n * %d network%s of %lld numbers each; %lld numbers in, %lld out. Declare and call\n "
        "*\n *     void %s_predict(const double *input, double *output);\n *\n",
        info->networks, info->networks > 1 ? "s, averaged," : "",
        (long long)rg_model_size(&x->m[0]), (long long)inputs_of(x),
        (long long)x->m[0].spec.outputs, x->prefix);
    if (info->coding)
        text_file_print(x->to,
                        " * input: columns as numbers, as %s_encode makes them; NaN: missing, "
                        "taken as the mean. They are\n"
                        " * standardised within.\n",
                        x->prefix);
    else
        text_file_print(x->to, " * input: the pixels of one picture, 0 to 255, row by row; they "
                               "are standardised within.\n");
    text_file_print(
        x->to,
        classifies(x)
            ? " * output: the probability of each class, in the order of %s_class.\n"
            : " * output: the predicted number, in the unit of the data. No %s_class here.\n",
        x->prefix);
    if (info->coding)
        text_file_print(x->to,
                        " *\n *     int %s_encode(const char *const *cell, double *input);\n *\n"
                        " * cell: texts as in the CSV file, one for each column in the order of "
                        "%s_column. Returns 0, or the\n"
                        " * number, from 1, of a cell that cannot be used.\n",
                        x->prefix, x->prefix);
    text_file_print(x->to,
                    " *\n * No memory is allocated and nothing is shared: call it from any thread. "
                    "It takes some %lld bytes of\n"
                    " * stack. With -DMODEL_MAIN it is a program, which reads %s and prints what\n "
                    "* retrograd predict --csv prints. */\n",
                    (long long)(4 * widest(x) + 2048) * (x->f->dtype == RG_F32 ? 4 : 8),
                    info->coding ? "a CSV file" : "pictures as bytes");
    text_file_print(
        x->to,
        "#include <float.h>\n#include <math.h>\n#include <stdlib.h>\n#include <string.h>\n\n");
}

static void put_constants(const exporting *x)
{
    const rg_model_info *info = &x->f->info;
    int columns = 0;
    for (int i = 0; info->coding && i < info->coding->columns; i++)
        columns += info->coding->column[i].role != RG_IDENTIFIER;
    text_file_print(x->to,
                    "typedef %s real;\n\nenum {\n    INPUTS = %lld,\n    OUTPUTS = %lld,\n    "
                    "CLASSES = %d,\n    NETWORKS = %d,\n    DIGITS = %d",
                    x->f->dtype == RG_F32 ? "float" : "double", (long long)inputs_of(x),
                    (long long)x->m[0].spec.outputs, info->classes, info->networks,
                    x->f->dtype == RG_F32 ? 9 : 17);
    if (info->coding)
        text_file_print(x->to,
                        ",\n    COLUMNS = %d,\n    MISSING = %d, /* may cells be missing? */\n    "
                        "DROP = %d /* or their rows be left out? */",
                        columns, info->missing == RG_MISSING_MEAN,
                        info->missing == RG_MISSING_DROP);
    text_file_print(x->to, "\n};\n\n");
    text_file_print(x->to, "void %s_predict(const double *input, double *output);\n", x->prefix);
    if (info->coding)
        text_file_print(x->to, "int %s_encode(const char *const *cell, double *input);\n",
                        x->prefix);
    text_file_print(x->to,
                    "extern const char *const %s_class[];\n\nconst char *const %s_class[] = {",
                    x->prefix, x->prefix);
    if (classifies(x))
        put_strings(x, info->class_name, info->classes);
    else
        text_file_print(x->to, "\"\"}; /* none */\n");
}

/* ---- the numbers of the networks ----------------------------------------------------------- */

static const rg_node *leaf_at(const rg_model *m, int i)
{
    return i < m->params ? m->param[i] : m->buffer[i - m->params];
}

static void put_leaf(const exporting *x, int network, int i)
{
    const rg_node *leaf = leaf_at(&x->m[network], i);
    rg_tensor w = rg_peek(leaf);
    int64_t n = rg_count(&w);
    double *v = memory_new((size_t)n, sizeof *v);
    for (int64_t k = 0; k < n; k++)
        v[k] = w.dtype == RG_F32 ? (double)((const float *)w.data)[k] : ((const double *)w.data)[k];
    text_file_print(x->to, "static const real leaf_%d_%d[] = { /* %s */", network, i,
                    rg_name_of(leaf));
    put_numbers(x, v, n, w.dtype == RG_F32);
    free(v);
}

static void put_leaves(const exporting *x)
{
    int n = x->m[0].params + x->m[0].buffers;
    text_file_print(x->to, "\n/* ---- what was learned ---- */\n\n");
    for (int k = 0; k < x->f->info.networks; k++)
        for (int i = 0; i < n; i++) put_leaf(x, k, i);
    text_file_print(x->to, "\nstatic const real *const leaf[NETWORKS][%d] = {\n", n);
    for (int k = 0; k < x->f->info.networks; k++) {
        text_file_print(x->to, "    {");
        for (int i = 0; i < n; i++) text_file_print(x->to, "%sleaf_%d_%d", i ? ", " : "", k, i);
        text_file_print(x->to, "},\n");
    }
    text_file_print(x->to, "};\n\n");
}

/* ---- layers ---------------------------------------------------------------------------------- */

/* Of activations, with '@' for the number in and '%' for the number behind its name. */
static const struct {
    const char *name, *formula;
    double usual;
} activations[] = {
    {"relu", "@ > 0 || @ != @ ? @ : 0", 0},
    {"tanh", "tanh#(@)", 0},
    {"sigmoid", "1 / (1 + exp#(-@))", 0},
    {"leaky_relu", "@ > 0 ? @ : % * @", 0.01},
    {"elu", "@ > 0 ? @ : % * expm1#(@)", 1},
    {"softplus", "(@ > 0 ? @ : 0) + log1p#(exp#(-fabs#(@)))", 0},
    {"swish", "@ / (1 + exp#(-% * @))", 1},
    {"gelu", "@ * (real)0.5 * erfc#(-@ * (real)0.70710678118654752440)", 0},
    {"prelu", "@ > 0 || @ != @ ? @ : @ * %", 0},
    {"pswish", "@ / (1 + exp#(-(@ * %)))", 0},
};

static void put_formula(const exporting *x, const char *name, const char *in, double number,
                        int leaf)
{
    size_t k = 0;
    while (strcmp(activations[k].name, name) != 0) k++;
    if (isnan(number)) number = activations[k].usual;
    for (const char *p = activations[k].formula; *p; p++) {
        if (*p == '@')
            text_file_print(x->to, "%s[i]", in);
        else if (*p == '%' && leaf >= 0)
            text_file_print(x->to, "leaf[%d][0]", leaf);
        else if (*p == '%')
            put_number(x, number, x->f->dtype == RG_F32);
        else if (*p == '#')
            text_file_print(x->to, "%s", x->suffix);
        else
            text_file_print(x->to, "%c", *p);
    }
}

static void put_activation(const exporting *x, const rg_layer *l, const char *in, int64_t width,
                           int leaf)
{
    text_file_print(x->to, "    for (int i = 0; i < %lld; i++) %s[i] = ", (long long)width, in);
    put_formula(x, l->name, in, l->number, leaf);
    text_file_print(x->to, ";\n");
}

/* In place: number i comes from neighbours at i and behind it. */
static void put_maxout(const exporting *x, const char *in, int64_t k, int64_t *width)
{
    *width /= k;
    text_file_print(x->to,
                    "    for (int i = 0; i < %lld; i++) {\n"
                    "        real most = %s[i * %lld];\n"
                    "        for (int k = 1; k < %lld; k++) {\n"
                    "            real v = %s[i * %lld + k];\n"
                    "            if (v > most || v != v) most = v;\n"
                    "        }\n"
                    "        %s[i] = most;\n"
                    "    }\n",
                    (long long)*width, in, (long long)k, (long long)k, in, (long long)k, in);
}

/* Layer i, whose leaves begin at `param` and `buffer`; now says which of the two arrays holds the
 * numbers. */
static void put_layer(const exporting *x, int i, int param, int buffer, int *now, int64_t *width)
{
    static const char *const array[] = {"one", "two"};
    const rg_layer *l = &x->m[0].spec.layer[i];
    const char *in = array[*now];
    int mean = x->m[0].params + buffer;
    switch (l->kind) {
    case RG_LINEAR:
        text_file_print(x->to, "    linear(%s, %s, %lld, %lld, leaf[%d], leaf[%d]);\n", in,
                        array[!*now], (long long)*width, (long long)l->width, param, param + 1);
        *now = !*now;
        *width = l->width;
        break;
    case RG_BATCHNORM:
        text_file_print(x->to, "    batchnorm(%s, %lld, leaf[%d], leaf[%d], leaf[%d], leaf[%d]);\n",
                        in, (long long)*width, param, param + 1, mean, mean + 1);
        break;
    case RG_LAYERNORM:
    case RG_GROUPNORM:
        text_file_print(x->to, "    groupnorm(%s, %lld, %lld, leaf[%d], leaf[%d]);\n", in,
                        (long long)*width, l->kind == RG_LAYERNORM ? 1LL : (long long)l->number,
                        param, param + 1);
        break;
    case RG_MAXOUT:
        put_maxout(x, in, (int64_t)l->number, width);
        break;
    case RG_ACTIVATION:
        put_activation(x, l, in, *width, -1);
        break;
    case RG_PRELU:
    case RG_PSWISH:
        put_activation(x, l, in, *width, param);
        break;
    default: /* dropout: nothing is dropped in prediction */
        break;
    }
}

static int params_of(rg_layer_kind kind)
{
    return kind == RG_PRELU || kind == RG_PSWISH         ? 1
           : kind == RG_ACTIVATION || kind == RG_DROPOUT || kind == RG_MAXOUT ? 0
                                                         : 2;
}

static void put_network(const exporting *x)
{
    const rg_spec *s = &x->m[0].spec;
    int param = 0, buffer = 0, now = 0;
    int64_t width = inputs_of(x), most = widest(x);
    text_file_print(x->to,
                    "static void network(const real *const *leaf, const real *x, real *y)\n{\n    "
                    "real one[%lld], two[%lld];\n"
                    "    for (int i = 0; i < INPUTS; i++) one[i] = x[i];\n",
                    (long long)most, (long long)most);
    for (int i = 0; i < s->layers; i++) {
        put_layer(x, i, param, buffer, &now, &width);
        param += params_of(s->layer[i].kind);
        buffer += s->layer[i].kind == RG_BATCHNORM ? 2 : 0;
    }
    text_file_print(x->to, "    for (int i = 0; i < OUTPUTS; i++) y[i] = %s[i];\n}\n\n",
                    now ? "two" : "one");
}

static bool has_layer(const exporting *x, rg_layer_kind a, rg_layer_kind b)
{
    const rg_spec *s = &x->m[0].spec;
    for (int i = 0; i < s->layers; i++)
        if (s->layer[i].kind == a || s->layer[i].kind == b) return true;
    return false;
}

/* ---- before and behind the networks ---------------------------------------------------------- */

static void put_standard(const exporting *x)
{
    const rg_standard *s = x->f->info.standard;
    bool table = x->f->info.coding;
    text_file_print(
        x->to, "static double standard(double v, int i)\n{\n    static const double mean[] = {");
    put_numbers(x, s->mean, s->width, false);
    text_file_print(x->to, "    static const double deviation[] = {");
    put_numbers(x, s->deviation, s->width, false);
    text_file_print(
        x->to, table ? "    return v != v ? 0 : (v - mean[i]) / deviation[i];\n}\n\n"
                     : "    (void)i;\n    return (v / 255.0 - mean[0]) / deviation[0];\n}\n\n");
    text_file_print(x->to, classifies(x)
                               ? "static void finish(real *y) { softmax(y, OUTPUTS); }\n\n"
                               : "static void finish(real *y) { (void)y; }\n\n");
    text_file_print(x->to, "static double unit(double v) { return ");
    if (!classifies(x)) {
        text_file_print(x->to, "v * ");
        put_number(x, s->target_deviation, false);
        text_file_print(x->to, " + ");
        put_number(x, s->target_mean, false);
        text_file_print(x->to, "; }\n\n");
    } else
        text_file_print(x->to, "v; }\n\n");
}

static void put_columns(const exporting *x)
{
    const rg_coding *c = x->f->info.coding;
    for (int i = 0; i < c->columns; i++) {
        if (c->column[i].role != RG_CATEGORY) continue;
        text_file_print(x->to, "static const char *const category_%d[] = {", i);
        put_strings(x, c->column[i].category, c->column[i].categories);
    }
    text_file_print(x->to,
                    "\nstatic const struct column {\n    const char *name;\n    int categories, "
                    "by_value;\n    const char *const *category;\n} column[COLUMNS] = {\n");
    for (int i = 0; i < c->columns; i++) {
        const rg_column *k = &c->column[i];
        if (k->role == RG_IDENTIFIER) continue;
        text_file_print(x->to, "    {");
        put_string(x, k->name);
        text_file_print(x->to,
                        k->role == RG_CATEGORY ? ", %d, %d, category_%d},\n" : ", %d, %d, NULL},\n",
                        k->categories, k->by_value, i);
    }
    text_file_print(
        x->to, "};\n\nextern const char *const %s_column[];\nconst char *const %s_column[] = {",
        x->prefix, x->prefix);
    for (int i = 0; i < c->columns; i++) {
        if (c->column[i].role == RG_IDENTIFIER) continue;
        text_file_print(x->to, "\n    ");
        put_string(x, c->column[i].name);
        text_file_print(x->to, ",");
    }
    text_file_print(x->to, "};\n\n");
}

void export_c(text_file *to, const rg_model_file *f, const rg_model *m, const char *prefix)
{
    exporting x = {to, f, m, prefix, f->dtype == RG_F32 ? "f" : ""};
    put_about(&x);
    put_constants(&x);
    put_leaves(&x);
    text_file_print(to, "/* ---- layers ---- */\n\n");
    put_part(&x, export_layers);
    if (classifies(&x)) put_part(&x, export_softmax);
    if (has_layer(&x, RG_BATCHNORM, RG_BATCHNORM)) put_part(&x, export_norm_by);
    if (has_layer(&x, RG_LAYERNORM, RG_GROUPNORM)) put_part(&x, export_norm);
    put_network(&x);
    put_standard(&x);
    put_part(&x, export_predict);
    if (f->info.coding) {
        text_file_print(to, "\n/* ---- columns ---- */\n\n");
        put_columns(&x);
        put_part(&x, export_encode);
    }
    put_part(&x, export_main);
    put_part(&x, f->info.coding ? export_main_table : export_main_pixels);
}
