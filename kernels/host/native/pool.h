// The workers of one engine. Programs handed to submit() run one after the other on the pool's own threads; run_now()
// makes the calling thread worker 0 of the team. Waiting workers spin for some tens of microseconds, then sleep.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "program.h"

class Pool {
 public:
  // `finished` is called on a worker after each submitted program.
  Pool(int threads, void (*finished)(void*), void* context)
      : threads_(threads), finished_(finished), context_(context) {}
  ~Pool() { stop(); }

  // Both return false when the system refuses threads. The program must live until it has run.
  bool submit(const Program& program);
  // Only while nothing submitted is unfinished.
  bool run_now(const Program& program);

  // How many submitted programs have run, in the order they came.
  uint64_t completed() const { return completed_.load(std::memory_order_acquire); }

  // Abandons what has not run, the program under way after its current command, and joins the threads.
  void stop();

 private:
  bool start();
  void lead();
  void help(int thread);
  void announce(const Program& program);
  void walk(const Program& program, int thread);

  const int threads_;
  void (*const finished_)(void*);
  void* const context_;
  std::vector<std::thread> workers_;

  std::mutex lock_;
  std::condition_variable leader_wakes_, helpers_wake_;
  std::atomic<bool> stopping_{false}, helpers_leave_{false};

  std::deque<const Program*> queue_;  // under lock_
  std::atomic<uint64_t> submitted_{0}, completed_{0};
  std::atomic<bool> leader_sleeps_{false};

  // The program the whole team runs: written before `round_` goes up, which tells the helpers.
  const Program* current_ = nullptr;
  Barrier barrier_{};
  alignas(64) std::atomic<uint32_t> round_{0};
  alignas(64) std::atomic<int> sleeping_helpers_{0};
  std::atomic<size_t> stop_before_{SIZE_MAX};  // command at which the team gives up
};
