/* neighbours.c - distances, the nearest rows, their vote. */
#include "neighbours.h"
#include <math.h>

double rg_distance(rg_metric metric, const double *a, const double *b, int64_t width)
{
    double sum = 0, most = 0;
    for (int64_t i = 0; i < width; i++) {
        double d = fabs(a[i] - b[i]);
        sum += metric == RG_EUCLIDEAN ? d * d : d;
        if (!(d <= most)) most = d;
    }
    return metric == RG_MAXIMUM ? most : metric == RG_EUCLIDEAN ? sqrt(sum) : sum;
}

bool rg_nearest(rg_metric metric, const double *x, int64_t n, int64_t width, const double *point,
                int64_t k, rg_neighbour *out)
{
    int64_t held = 0;
    if (k < 1 || k > n) return false;
    for (int64_t row = 0; row < n; row++) {
        double d = rg_distance(metric, x + row * width, point, width);
        if (isnan(d)) d = (double)INFINITY;
        if (held == k && !(d < out[k - 1].distance)) continue;
        int64_t at = held < k ? held++ : k - 1;
        for (; at > 0 && d < out[at - 1].distance; at--) out[at] = out[at - 1];
        out[at] = (rg_neighbour){row, d};
    }
    return true;
}

int64_t rg_vote(const rg_neighbour *near, int64_t k, const int64_t *label, int classes)
{
    int64_t best = -1, most = 0;
    double nearest = 0;
    for (int64_t c = 0; c < classes; c++) {
        int64_t votes = 0;
        double sum = 0;
        for (int64_t i = 0; i < k; i++) {
            if (label[near[i].row] != c) continue;
            votes++;
            sum += near[i].distance;
        }
        if (votes < most || votes == 0 || (votes == most && !(sum < nearest))) continue;
        best = c;
        most = votes;
        nearest = sum;
    }
    return best;
}
