/* retrograd.hpp - Retrograd with operators, for C++17. All of it is inline and calls the C
 * functions; mix both freely, since a value is where a node is asked for.
 *
 *     rg::tape t;
 *     rg::value w = t.leaf(2), x = t.leaf(3);
 *     rg::value loss = RG_HERE((w * x - 5) * (w * x - 5));
 *     std::vector<rg::value> g = rg::gradient(loss, {w, x});
 *     t.check();                                    throws rg::failure, with line and shapes
 *
 * RG_HERE notes the line of an expression, as the C functions do by themselves. */
#ifndef RETROGRAD_HPP
#define RETROGRAD_HPP
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>
#include "retrograd.h"

namespace rg
{

/* What a tape has to complain about. */
struct failure : std::runtime_error {
    rg_status status;
    explicit failure(const rg_error &e)
        : std::runtime_error((e.file ? std::string(e.file) + ":" + std::to_string(e.line) + ": " : "") + e.text),
          status(e.status)
    {
    }
};

/* A node; it owns nothing, the tape does. */
class value
{
    rg_node *n;

  public:
    value(rg_node *node) : n(node) {}
    operator rg_node *() const { return n; }
    explicit operator bool() const { return n != nullptr; } /* false: an absent gradient */
    double number() const { return (rg_value)(n); }
    rg_shape shape() const { return rg_shape_of(n); }
    std::vector<double> numbers() const
    {
        std::vector<double> v(static_cast<size_t>(rg_count_of(n)));
        (rg_read)(n, RG_F64, v.data(), v.size());
        return v;
    }
};

inline value operator-(value a) { return (rg_neg)(a); }
inline value operator+(value a, value b) { return (rg_add)(a, b); }
inline value operator-(value a, value b) { return (rg_sub)(a, b); }
inline value operator*(value a, value b) { return (rg_mul)(a, b); }
inline value operator/(value a, value b) { return (rg_div)(a, b); }
inline value operator+(value a, double c) { return (rg_offset)(a, c); }
inline value operator+(double c, value a) { return (rg_offset)(a, c); }
inline value operator-(value a, double c) { return (rg_offset)(a, -c); }
inline value operator-(double c, value a) { return (rg_offset)(-a, c); }
inline value operator*(value a, double c) { return (rg_scale)(a, c); }
inline value operator*(double c, value a) { return (rg_scale)(a, c); }
inline value operator/(value a, double c) { return (rg_div)(a, (rg_lit)(a, c)); }
inline value operator/(double c, value a) { return (rg_div)((rg_lit)(a, c), a); }

inline value exp(value x) { return (rg_exp)(x); }
inline value log(value x) { return (rg_log)(x); }
inline value sqrt(value x) { return (rg_sqrt)(x); }
inline value sin(value x) { return (rg_sin)(x); }
inline value cos(value x) { return (rg_cos)(x); }
inline value tanh(value x) { return (rg_tanh)(x); }
inline value abs(value x) { return (rg_abs)(x); }
inline value pow(value x, double p) { return (rg_powc)(x, p); }
inline value pow(value x, value p) { return (rg_pow)(x, p); }
inline value sum(value x) { return (rg_sum)(x, RG_ALL_AXES); }
inline value mean(value x) { return (rg_mean)(x, RG_ALL_AXES); }
inline value matmul(value a, value b) { return (rg_matmul)(a, b); }

/* One gradient for each x, in its shape; see rg_grad. */
inline std::vector<value> gradient(value y, const std::vector<value> &x)
{
    std::vector<rg_node *> in(x.begin(), x.end()), out(x.size());
    (rg_grad)(y, nullptr, static_cast<int>(x.size()), in.data(), out.data());
    return std::vector<value>(out.begin(), out.end());
}

/* A tape that frees itself; it can be moved, not copied. */
class tape
{
    rg_tape *t;

  public:
    explicit tape(const rg_config *how = nullptr) : t(rg_tape_new(how))
    {
        if (!t) throw std::bad_alloc();
    }
    tape(tape &&other) noexcept : t(other.t) { other.t = nullptr; }
    tape &operator=(tape &&other) noexcept
    {
        std::swap(t, other.t);
        return *this;
    }
    ~tape()
    {
        if (t) rg_tape_free(t);
    }
    operator rg_tape *() const { return t; }
    value leaf(double v) { return (rg_scalar)(t, v); }
    value leaf(rg_shape s, const std::vector<double> &v) { return (rg_leaf_from)(t, RG_F64, s, v.data(), v.size()); }
    void check() const
    {
        if (rg_error_of(t)->status) throw failure(*rg_error_of(t));
    }
};

} // namespace rg
#endif
