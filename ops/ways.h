/* ways.h - an elementwise op on single numbers, in each of the ways that rg_number_fns names.
 * With T the type and K(name) the name of a kernel. Private to ops/. */
#ifndef RG_WAYS_H
#define RG_WAYS_H

/* Input k; LAST has a bit for those that are what the step before has returned. */
#define RG_GET(k) (LAST >> (k)&1 ? last : r[s->in[k]])

/* Of this dtype. */
#define RG_FN(fn) _Generic((T)0, float: (fn).f32, double: (fn).f64)

/* The last thing that a step does is to call the next one: compilers make a jump of that. */
#define RG_WAY(name, way, reads, value)                                                            \
    static T K(name##way)(const rg_number *s, T *r, T last)                                        \
    {                                                                                              \
        enum { LAST = way };                                                                       \
        reads;                                                                                     \
        (void)last;                                                                                \
        const T y = (T)(value);                                                                    \
        r[s->y] = y;                                                                               \
        return RG_FN(s[1].fn)(s + 1, r, y);                                                        \
    }
#define RG_WAYS_1(name, reads, value) RG_WAY(name, 0, reads, value) RG_WAY(name, 1, reads, value)
#define RG_WAYS_2(name, reads, value)                                                              \
    RG_WAYS_1(name, reads, value) RG_WAY(name, 2, reads, value) RG_WAY(name, 3, reads, value)
#define RG_WAYS_3(name, reads, value)                                                              \
    RG_WAYS_2(name, reads, value) RG_WAY(name, 4, reads, value)

/* The same for a descriptor. */
#define RG_HAS_WAY(name, way) {name##way##_f32, name##way##_f64}
#define RG_HAS_WAYS_1(name)   RG_HAS_WAY(name, 0), RG_HAS_WAY(name, 1)
#define RG_HAS_WAYS_2(name)   RG_HAS_WAYS_1(name), RG_HAS_WAY(name, 2), RG_HAS_WAY(name, 3)
#define RG_HAS_WAYS_3(name)   RG_HAS_WAYS_2(name), RG_HAS_WAY(name, 4)

#endif
