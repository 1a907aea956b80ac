#include "pool.h"

#include <system_error>

#include "../../targets.h"

namespace {

// A waiting worker first spins: on a processor of its own, the others are a few microseconds away. After these pauses
// (25 to 100 ns each) it offers its processor to whoever wants it, perhaps the very worker it waits for.
constexpr int kPauses = 200;

// Between two programs it does so this often, some 50 µs in all, longer than the host needs between two short steps; then
// it sleeps.
constexpr int kYields = 100;

template <class Ready> bool spin(Ready ready) {
  for (int spins = 0; spins < kPauses + kYields; spins++) {
    if (ready()) return true;
    Context::pause(spins);
  }
  return ready();
}

}  // namespace

void Context::pause(int spins) {
  if (spins < kPauses) relax_processor();
  else std::this_thread::yield();
}

bool Pool::start() {
  if (!workers_.empty()) return true;
  try {
    workers_.reserve(threads_);
    workers_.emplace_back([this] { lead(); });
    for (int thread = 1; thread < threads_; thread++) workers_.emplace_back([this, thread] { help(thread); });
    return true;
  } catch (const std::system_error&) {
    stop();
    stopping_ = helpers_leave_ = false;
    return false;
  }
}

bool Pool::submit(const Program& program) {
  if (!start()) return false;
  std::lock_guard<std::mutex> hold(lock_);
  queue_.push_back(&program);
  submitted_.fetch_add(1);
  if (leader_sleeps_) leader_wakes_.notify_one();
  return true;
}

bool Pool::run_now(const Program& program) {
  if (program.team > 1) {
    if (!start()) return false;
    announce(program);
  }
  walk(program, 0);
  return true;
}

void Pool::lead() {
  for (uint64_t taken = 0;; taken++) {
    const auto ready = [&] { return submitted_.load() != taken || stopping_.load(); };
    const bool awake = spin(ready);
    const Program* program;
    {
      std::unique_lock<std::mutex> hold(lock_);
      if (!awake) {
        leader_sleeps_ = true;
        leader_wakes_.wait(hold, ready);
        leader_sleeps_ = false;
      }
      if (stopping_) return;
      program = queue_.front();
      queue_.pop_front();
    }
    if (program->team > 1) announce(*program);
    walk(*program, 0);
    if (stopping_) return;  // perhaps cut short: does not count as completed
    completed_.fetch_add(1, std::memory_order_release);
    finished_(context_);
  }
}

void Pool::help(int thread) {
  for (uint32_t seen = 0;; seen++) {
    const auto ready = [&] { return round_.load() != seen || helpers_leave_.load(); };
    if (!spin(ready)) {
      std::unique_lock<std::mutex> hold(lock_);
      sleeping_helpers_.fetch_add(1);
      helpers_wake_.wait(hold, ready);
      sleeping_helpers_.fetch_sub(1);
    }
    if (round_.load() == seen) return;
    walk(*current_, thread);
  }
}

void Pool::announce(const Program& program) {
  current_ = &program;
  round_.fetch_add(1);
  if (sleeping_helpers_.load() == 0) return;
  std::lock_guard<std::mutex> hold(lock_);
  helpers_wake_.notify_all();
}

void Pool::walk(const Program& program, int thread) {
  FlushDenormals flush;
  Context context{thread, program.team, &barrier_, program.scratch ? program.scratch->data : nullptr,
                  program.mixed};
  const size_t count = program.commands.size();
  for (size_t k = 0; k < count; k++) {
    if (k > 0) {
      // Worker 0 decides, before the barrier, and names the command: a slow reader of its last decision stays in step.
      if (thread == 0 && stopping_.load(std::memory_order_relaxed)) stop_before_.store(k);
      context.barrier();
      if (stop_before_.load(std::memory_order_relaxed) <= k) break;
    }
    program.commands[k].run(program.commands[k].args, context);
  }
  context.barrier();  // nobody touches the program any more
}

void Pool::stop() {
  const auto tell = [this](std::atomic<bool>& flag, std::condition_variable& wakes) {
    std::lock_guard<std::mutex> hold(lock_);
    flag = true;
    wakes.notify_all();
  };
  // The leader first: it may be about to announce a program, which needs the helpers to end.
  tell(stopping_, leader_wakes_);
  if (!workers_.empty()) workers_.front().join();
  tell(helpers_leave_, helpers_wake_);
  for (size_t k = 1; k < workers_.size(); k++) workers_[k].join();
  workers_.clear();
  queue_.clear();
}
