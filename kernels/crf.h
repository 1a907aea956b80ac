// Linear-chain conditional random field (Lafferty et al. 2001): the log likelihood of labels by the forward recursion, its
// gradient by differentiating that recursion, the best labels by Viterbi's. Vectors lie along the labels; a row of the
// batch is one worker's. The end of a row is a label of its own, L, which only comes last.
//
// Scores are kept relative to the largest of their step and what is taken away is summed in double, so that the length of
// a row costs no digits.
#pragma once
#include "reduce.h"

namespace REPRISE_NS {

// Stands for the largest of no numbers. Subtracted from −∞ it gives −∞, whose exponential is 0, and not NaN.
constexpr float kLowest = -0x1.fffffep+127f;

// Floats of a row of labels: what is behind the last is nobody's, but vectors may begin at every label.
REPRISE_INLINE ptrdiff_t label_row(ptrdiff_t L) { return (L + 31) / 16 * 16; }

#if defined(__wasm__)
static __attribute__((noinline)) vf label_exp(vf x) { return vexp(x); }
#else
REPRISE_INLINE vf label_exp(vf x) { return vexp(x); }
#endif

// What the commands share.
struct Chain {
  ptrdiff_t N, T, L, row;
  const float* mask;
  const int32_t* lengths;
  float *table, *rest;  // scratch: the moves, [L+1][row], and what follows

  template <class Args>
  Chain(const Args& a, char* scratch)
      : N((ptrdiff_t)a.N), T((ptrdiff_t)a.T), L((ptrdiff_t)a.L), row(label_row(L)), mask(a.mask), lengths(a.lengths),
        table((float*)scratch), rest(table + (L + 1) * row) {}

  // Scratch of a worker, in floats: rows of labels and the list of steps.
  ptrdiff_t own(ptrdiff_t rows) const { return rows * row + (T + 15) / 16 * 16; }
  size_t bytes(ptrdiff_t workers, ptrdiff_t rows) const {
    return (size_t)((L + 1) * row + workers * own(rows)) * sizeof(float);
  }

  // table[from·fromStep + to·toStep] is the score of a move.
  __attribute__((noinline)) void fill_table(const float* transitions, const float* end, ptrdiff_t fromStep,
                                            ptrdiff_t toStep, const Context& c) const {
    for (ptrdiff_t i = c.thread; i < L; i += c.threads)
      for (ptrdiff_t j = 0; j <= L; j++) table[i * fromStep + j * toStep] = j < L ? transitions[i * L + j] : end[i];
  }

  // The places among all N·T of the steps of row n that count, in order; returns how many.
  __attribute__((noinline)) ptrdiff_t steps(ptrdiff_t n, int32_t* places) const {
    ptrdiff_t count = 0;
    for (ptrdiff_t t = 0; t < T && (!lengths || t < lengths[n]); t++)
      if (!mask || mask[n * T + t] != 0.0f) places[count++] = (int32_t)(n * T + t);
    return count;
  }

  // reached[j] = log Σ_i exp(scores[i] + table[i][j]), or the largest of these terms, for labels [j, last).
  __attribute__((noinline)) void move(const float* scores, ptrdiff_t j, ptrdiff_t last, bool sum, float* reached) const {
    for (; j < last; j += kLanes) {
      const float* to = table + j;
      vf best = set1(-__builtin_inff()), total = zero();
      for (ptrdiff_t i = 0; i < L; i++) best = vmax(best, add(set1(scores[i]), load(to + i * row)));
      if (sum) {
        best = vmax(set1(kLowest), best);
        for (ptrdiff_t i = 0; i < L; i++)
          total = add(total, label_exp(sub(add(set1(scores[i]), load(to + i * row)), best)));
        best = add(best, vlog(total));
      }
      store(reached + j, best);
    }
  }

  // scores = reached + own less the largest of them, which is returned.
  __attribute__((noinline)) float enter(const float* reached, const float* own, float* scores) const {
    float top = kLowest;
    for (ptrdiff_t l = 0; l < L; l++) {
      scores[l] = reached[l] + own[l];
      if (scores[l] > top) top = scores[l];
    }
    for (ptrdiff_t l = 0; l < L; l++) scores[l] -= top;
    return top;
  }
};

static size_t scratch_crfForward(const CrfForwardArgs& a, int threads) { return Chain(a, nullptr).bytes(threads, 2); }

// `saved` has what `move` gives for every step but the first, [N,T][row], and for the end in the row of the last step.
static void kernel_crfForward(const CrfForwardArgs& a, Context& c) {
  const Chain q(a, c.scratch);
  q.fill_table(a.transitions, a.end, q.row, 1, c);
  c.barrier();
  float *scores = q.rest + c.thread * q.own(2), *spare = scores + q.row;
  int32_t* places = (int32_t*)(spare + q.row);
  for (ptrdiff_t n = c.thread; n < q.N; n += c.threads) {
    const ptrdiff_t count = q.steps(n, places);
    double total = 0.0;
    float* reached = spare;
    const float* moves = a.start;
    for (ptrdiff_t k = 0; k < count; k++) {
      const ptrdiff_t place = places[k];
      const size_t label = (size_t)a.targets[place];
      const float* own = a.emissions + place * q.L;
      if (a.saved) reached = a.saved + place * q.row;
      if (k) q.move(scores, 0, q.L, true, reached);
      total -= q.enter(k ? reached : a.start, own, scores);
      if (label < (size_t)q.L) {
        total += (double)own[label] + moves[label];
        moves = q.table + label * q.row;
      } else {
        total = __builtin_nan("");  // wrong data must not train
      }
    }
    if (count) {
      q.move(scores, q.L, q.L + 1, true, reached);
      total += (double)moves[q.L] - reached[q.L];
      if (!(total - total == 0.0)) reached[q.L] = __builtin_nanf("");
    }
    a.logLikelihood[n] = (float)total;
  }
}

// Rows of the batch whose gradients of the weights are added up together: a number of groups that does not depend on the
// threads.
REPRISE_INLINE ptrdiff_t crf_groups(ptrdiff_t N) { return N < 16 ? N : 16; }

static size_t scratch_crfBackward(const CrfBackwardArgs& a, int) {
  const Chain q(a, nullptr);
  return q.bytes(crf_groups(q.N), q.L + 5);
}

// The gradient q of a step's scores, which is dLogLikelihood times the probability of each label, goes back by
// q[i] = Σ_j q[j]·exp(scores[i] + table[i][j] − reached[j]). No exponent is above 0.
static void kernel_crfBackward(const CrfBackwardArgs& a, Context& c) {
  const Chain q(a, c.scratch);
  q.fill_table(a.transitions, a.end, 1, q.row, c);
  c.barrier();
  const ptrdiff_t groups = crf_groups(q.N), size = q.own(q.L + 5);
  for (ptrdiff_t g = c.thread; g < groups; g += c.threads) {
    float* moves = q.rest + g * size;  // gradient of the table, then of start
    float *starts = moves + (q.L + 1) * q.row, *scores = starts + q.row;
    float *now = scores + q.row, *then = now + q.row;
    int32_t* places = (int32_t*)(then + q.row);
    __builtin_memset(moves, 0, (size_t)((q.L + 2) * q.row) * sizeof(float));
    for (ptrdiff_t n = q.N * g / groups; n < q.N * (g + 1) / groups; n++) {
      __builtin_memset(a.dEmissions + n * q.T * q.L, 0, (size_t)(q.T * q.L) * sizeof(float));
      const float gradient = a.dLogLikelihood[n];
      ptrdiff_t k = q.steps(n, places), j = q.L, lastLabel = q.L + 1, label = q.L;
      now[q.L] = gradient;
      const float* reached = k ? a.saved + places[k - 1] * q.row : nullptr;
      while (k-- > 0) {
        const ptrdiff_t place = places[k];
        const float* before = a.saved + place * q.row;
        q.enter(k ? before : a.start, a.emissions + place * q.L, scores);
        for (ptrdiff_t i = 0; i < q.L; i += kLanes) {
          vf total = zero();
          for (ptrdiff_t to = j; to < lastLabel; to++) {
            const float* table = q.table + to * q.row + i;
            float* sum = moves + to * q.row + i;
            const float shift = reached[to] < kLowest ? kLowest : reached[to];
            const vf share = label_exp(sub(add(load(scores + i), load(table)), set1(shift)));
            const vf term = flush(mul(share, set1(now[to])));
            total = add(total, term);
            store(sum, sub(load(sum), term));
          }
          store(then + i, total);
        }
        float* sum = moves + label * q.row;
        label = a.targets[place];
        if ((size_t)label >= (size_t)q.L) label = 0;  // all is NaN by now
        sum[label] += gradient;
        float* own = a.dEmissions + place * q.L;
        for (ptrdiff_t l = 0; l < q.L; l++) {
          own[l] = (l == label ? gradient : 0.0f) - then[l];
          if (k == 0) starts[l] += own[l];
        }
        float* swap = now;
        now = then;
        then = swap;
        reached = before;
        j = 0;
        lastLabel = q.L;
      }
    }
  }
  c.barrier();
  for (ptrdiff_t e = c.thread; e < q.L * (q.L + 2); e += c.threads) {
    const ptrdiff_t to = e / q.L, from = e % q.L;
    float total = 0.0f;
    for (ptrdiff_t g = 0; g < groups; g++) total += q.rest[g * size + to * q.row + from];
    *(to < q.L ? a.dTransitions + from * q.L + to : to == q.L ? a.dEnd + from : a.dStart + from) = total;
  }
}

static size_t scratch_crfDecode(const CrfDecodeArgs& a, int threads) {
  const Chain q(a, nullptr);
  return q.bytes(threads, q.T + 1);
}

static void kernel_crfDecode(const CrfDecodeArgs& a, Context& c) {
  const Chain q(a, c.scratch);
  q.fill_table(a.transitions, a.end, q.row, 1, c);
  c.barrier();
  float *reached = q.rest + c.thread * q.own(q.T + 1), *scores = reached + q.row;
  int32_t* places = (int32_t*)(scores + q.T * q.row);
  for (ptrdiff_t n = c.thread; n < q.N; n += c.threads) {
    for (ptrdiff_t t = 0; t < q.T; t++) a.tags[n * q.T + t] = -1;
    const ptrdiff_t count = q.steps(n, places);
    double total = 0.0;
    for (ptrdiff_t k = 0; k < count; k++) {
      float* now = scores + k * q.row;
      if (k) q.move(now - q.row, 0, q.L, false, reached);
      total += q.enter(k ? reached : a.start, a.emissions + places[k] * q.L, now);
    }
    // Back along the moves that gave the largest sums, found again: the same two floats added give the same bits.
    ptrdiff_t label = q.L;
    for (ptrdiff_t k = count; k-- > 0;) {
      float top = -__builtin_inff();
      ptrdiff_t best = 0;
      for (ptrdiff_t l = 0; l < q.L; l++) {
        const float sum = scores[k * q.row + l] + q.table[l * q.row + label];
        if (sum > top) top = sum, best = l;
      }
      if (label == q.L) total += top;
      label = best;
      a.tags[places[k]] = (int32_t)label;
    }
    a.score[n] = (float)total;
  }
}

}  // namespace REPRISE_NS
