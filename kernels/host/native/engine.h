// What the objects of one engine share: its kernels, its workers, and the promises of runs that have not settled.
// Everything but the pool's workers happens on the thread of JavaScript that created the engine.
#pragma once
#include <deque>
#include <memory>
#include <string>

#include "node.h"
#include "pool.h"

class EngineState : public std::enable_shared_from_this<EngineState> {
 public:
  static std::shared_ptr<EngineState> create(napi_env env, const KernelTable& table, int threads);
  ~EngineState() { stop(Ending::kDisposed); }

  const KernelTable& table() const { return table_; }
  int threads() const { return threads_; }
  bool stopped() const { return stopped_; }
  bool busy() const { return !unsettled_.empty(); }

  // Workers that a program of this many floating-point operations is worth.
  int team(double flops) const;

  // Scratch of at least this size, shared by the programs that need it, since programs never overlap. Null: no memory.
  std::shared_ptr<Memory> scratch(size_t bytes);

  // A promise that settles after the program has run.
  napi_value run(std::shared_ptr<Program> program);
  bool run_now(const Program& program) { return pool_.run_now(program); }

  static napi_value no_threads(napi_env env);  // the error when run or run_now cannot start workers

  enum class Ending { kDisposed, kEnvironmentCloses };
  // Ends the threads and rejects what has not run. JavaScript is left alone when its environment closes.
  void stop(Ending ending);

 private:
  struct Run {
    napi_deferred promise;
    std::shared_ptr<Program> program;
    std::shared_ptr<EngineState> engine;  // keeps the engine while someone awaits it
  };

  EngineState(napi_env env, const KernelTable& table, int threads);
  void settle();

  const napi_env env_;
  const KernelTable& table_;
  const int threads_;
  bool stopped_ = false;
  napi_threadsafe_function wake_ = nullptr;
  std::weak_ptr<Memory> scratch_;
  std::deque<Run> unsettled_;
  uint64_t settled_ = 0;
  Pool pool_;
};

napi_value define_engine_class(napi_env env);
