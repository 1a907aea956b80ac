// Products of bf16 and the tiles of amx.h on a software model of their instructions: shapes drawn at random against plain
// sums, one worker against two, a recurrent layer against the same one in float32. Compiled and run by
// src/engine/native/bf16-model.test.ts with REPRISE_SOFTWARE_BF16. Prints what is wrong; exit code 1 when anything is.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <thread>
#include <vector>

#include "lstm.h"
#include "amx_check.h"

void Context::pause(int) { std::this_thread::yield(); }

using namespace REPRISE_NS;

namespace {

int failures = 0;

uint32_t state = 12345;
uint32_t draw() { return state = state * 1664525u + 1013904223u, state >> 8; }
float number() { return (float)(draw() % 20001) / 10000.0f - 1.0f; }
int64_t between(int64_t low, int64_t high) { return low + (int64_t)(draw() % (uint64_t)(high - low + 1)); }

std::vector<float> numbers(int64_t count) {
  std::vector<float> values(count);
  for (float& x : values) x = number();
  return values;
}

double rounded(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  bits = (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000u;
  memcpy(&x, &bits, 4);
  return x;
}

// Runs work(context) by a team.
template <class Work> void run_team(int threads, size_t scratch, Work work) {
  void* memory = aligned_alloc(64, (scratch + 64) / 64 * 64);
  memset(memory, 0xff, scratch);  // NaN: what is not packed must not be read
  Barrier barrier{};
  std::vector<std::thread> others;
  const auto worker = [&](int thread) {
    Context c{thread, threads, &barrier, (char*)memory, true};
    work(c);
  };
  for (int t = 1; t < threads; t++) others.emplace_back(worker, t);
  worker(0);
  for (auto& other : others) other.join();
  free(memory);
}

void check_product(int64_t M, int64_t N, int64_t K, bool transposeA, bool transposeB, bool accumulate, bool bias) {
  const std::vector<float> a = numbers(M * K), b = numbers(K * N), before = numbers(M * N), offset = numbers(N);
  std::vector<float> first;
  for (int threads = 1; threads <= 3; threads++) {
    std::vector<float> out = before;
    Product q{M, N, K, a.data(), K, 1, b.data(), N, 1, out.data(), N};
    if (transposeA) q.aRow = 1, q.aStep = M;
    if (transposeB) q.bStep = 1, q.bColumn = K;
    q.accumulate = accumulate;
    if (bias && !accumulate) q.bias = offset.data();
    run_team(threads, product_scratch(q, threads), [&](Context& c) { mixed_product(q, c.scratch, c); });
    for (int64_t m = 0; m < M && threads == 1; m++)
      for (int64_t n = 0; n < N; n++) {
        double sum = accumulate ? before[m * N + n] : q.bias ? offset[n] : 0;
        for (int64_t k = 0; k < K; k++)
          sum += rounded(a[transposeA ? k * M + m : m * K + k]) * rounded(b[transposeB ? n * K + k : k * N + n]);
        if (fabs(sum - out[m * N + n]) <= 2e-6 + K * 1e-7) continue;
        printf("product %lld×%lld×%lld%s%s%s: [%lld, %lld] is %g, not %g\n", (long long)M, (long long)N, (long long)K,
               transposeA ? " aT" : "", transposeB ? " bT" : "", accumulate ? " accumulated" : "", (long long)m,
               (long long)n, out[m * N + n], sum);
        failures++;
        return;
      }
    if (threads == 1) first = out;
    if (memcmp(first.data(), out.data(), out.size() * 4) != 0) {
      printf("product %lld×%lld×%lld: %d threads change bits\n", (long long)M, (long long)N, (long long)K, threads);
      failures++;
    }
  }
}

// A layer forward and backward in mixed and in plain precision; results must be near each other, not the same.
void check_lstm(int64_t N, int64_t T, int64_t I, int64_t H) {
  const float scale = 1.7f / sqrtf((float)(I + H));
  std::vector<float> x = numbers(N * T * I), kernel = numbers(I * 4 * H), recurrent = numbers(H * 4 * H);
  const std::vector<float> dy = numbers(N * T * H), bias = numbers(4 * H);
  for (float& w : kernel) w *= scale;
  for (float& w : recurrent) w *= scale;
  std::vector<float> plain;
  for (int round = 0; round < 3; round++) {  // float32, mixed, mixed with two workers
    const int threads = round == 2 ? 2 : 1;
    std::vector<float> y(N * T * H), saved(N * T * (7 * H + I) + 1024), dx(N * T * I), dKernel(I * 4 * H), dU(H * 4 * H);
    LstmForwardArgs f{};
    f.x = x.data(), f.kernel = kernel.data(), f.recurrentKernel = recurrent.data(), f.bias = bias.data();
    f.y = y.data(), f.saved = saved.data();
    f.N = N, f.T = T, f.I = I, f.H = H;
    f.activation = kActivationTanh, f.recurrentActivation = kActivationSigmoid;
    f.dropoutGates = 1;
    LstmBackwardArgs g{};
    g.x = f.x, g.kernel = f.kernel, g.recurrentKernel = f.recurrentKernel, g.bias = f.bias, g.saved = saved.data();
    g.dy = dy.data(), g.dx = dx.data(), g.dKernel = dKernel.data(), g.dRecurrentKernel = dU.data();
    g.N = N, g.T = T, g.I = I, g.H = H;
    g.activation = f.activation, g.recurrentActivation = f.recurrentActivation, g.dropoutGates = 1;
    const size_t scratch = larger(scratch_lstmForward(f, threads), scratch_lstmBackward(g, threads));
    run_team(threads, scratch, [&](Context& c) {
      c.mixed = round > 0;
      kernel_lstmForward(f, c);
      c.barrier();
      kernel_lstmBackward(g, c);
    });
    std::vector<float> all = y;
    for (const auto* part : {&dx, &dKernel, &dU}) all.insert(all.end(), part->begin(), part->end());
    double error = 0, size = 0;
    for (size_t i = 0; i < all.size() && round > 0; i++) {
      error += (double)(all[i] - plain[i]) * (all[i] - plain[i]);
      size += (double)plain[i] * plain[i];
    }
    const double relative = round ? sqrt(error / size) : 0;
    const bool fine = round == 0 || (round == 1 ? relative > 1e-5 && relative < 1e-2 : relative == 0);
    if (!fine) {
      printf("lstm N %lld T %lld I %lld H %lld: round %d differs by %g\n", (long long)N, (long long)T, (long long)I,
             (long long)H, round, relative);
      failures++;
    }
    if (round < 2) plain = all;
  }
}

}  // namespace

int main() {
  if (const char* problem = refuse_tiles()) printf("%s\n", problem), failures++;
  for (int i = 0; i < 60; i++)
    check_product(between(1, 120), between(1, 150), between(0, 200), draw() & 1, draw() & 1, draw() & 1, draw() & 1);
  check_product(97, 530, 1090, false, false, false, true);
  check_product(830, 5, 10500, true, true, true, false);
  for (int64_t H : {20, 32, 64, 96}) check_lstm(37, 3, 11, H);
  return failures ? 1 : 0;
}
