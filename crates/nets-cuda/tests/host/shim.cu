// What the kernel's words mean to a compiler for the host: blocks one after the other, the threads of a block as fibers that
// stop at every barrier until all have come to the same one; with SHIM_THREADS as threads of the system, for ThreadSanitizer.
//
// PLANT=n leaves the barriers of number n out: a fault that must be found.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
#ifdef SHIM_THREADS
#include <pthread.h>
#include <thread>
#else
#include <ucontext.h>
#endif
using std::cos, std::sin, std::tan, std::asin, std::acos, std::atan, std::sinh, std::cosh, std::tanh, std::exp, std::expm1,
    std::log, std::log1p, std::sqrt, std::fabs, std::erf, std::pow, std::fmin, std::fmax, std::isfinite;

#define DEVICE [[maybe_unused]] static inline
#define DEVICE_MEMBER inline
#define KERNEL(name) static void name
#define SHARED(name) unsigned char *name = shim::memory
#define __align__(n) alignas(n)
#ifndef PLANT
#define PLANT -1
#endif
#define BARRIER(n)            \
  do {                        \
    if ((n) != PLANT) shim::barrier(n); \
  } while (0)

struct Index {
  unsigned x;
};
static thread_local Index threadIdx, blockIdx;
struct Launch;
static void train(Launch);

namespace shim {
static unsigned char *memory;

#ifdef SHIM_THREADS
// Two in turn: a thread that leaves one late must not be taken to follow what others have done before the next.
static pthread_barrier_t together[2];
static thread_local unsigned turn;
static void barrier(int) { pthread_barrier_wait(&together[turn++ % 2]); }

template <class L> void block(const L &launch, unsigned index) {
  for (pthread_barrier_t &one : together) pthread_barrier_init(&one, nullptr, THREADS);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < THREADS; i++)
    threads.emplace_back([&launch, index, i] {
      threadIdx.x = i;
      blockIdx.x = index;
      train(launch);
    });
  for (std::thread &thread : threads) thread.join();
  for (pthread_barrier_t &one : together) pthread_barrier_destroy(&one);
}
#else
constexpr size_t STACK = 1 << 16;
static ucontext_t main_context, contexts[THREADS];
static std::vector<unsigned char> stacks;
static int at[THREADS];
static bool ended[THREADS];
static const void *argument;

static void barrier(int n) {
  const unsigned own = threadIdx.x;
  at[own] = n;
  swapcontext(&contexts[own], &main_context);
}

template <class L> void fiber() {
  train(*static_cast<const L *>(argument));
  ended[threadIdx.x] = true;
}

template <class L> void block(const L &launch, unsigned index) {
  argument = &launch;
  blockIdx.x = index;
  stacks.resize(THREADS * STACK);
  for (unsigned i = 0; i < THREADS; i++) {
    ended[i] = false;
    getcontext(&contexts[i]);
    contexts[i].uc_stack.ss_sp = stacks.data() + i * STACK;
    contexts[i].uc_stack.ss_size = STACK;
    contexts[i].uc_link = &main_context;
    makecontext(&contexts[i], fiber<L>, 0);
  }
  // From barrier to barrier; all must have come to the same one, or to the end.
  while (!ended[0]) {
    for (unsigned i = 0; i < THREADS; i++) {
      threadIdx.x = i;
      swapcontext(&main_context, &contexts[i]);
      if (ended[i] != ended[0] || (!ended[0] && at[i] != at[0])) {
        fprintf(stderr, "thread %u is at barrier %d, thread 0 at %d\n", i, at[i], at[0]);
        abort();
      }
    }
  }
}
#endif

// The blocks of a launch. Shared memory holds what the block before left in it, as on a card.
template <class L> void run(const L &launch, unsigned blocks, size_t bytes) {
  const size_t whole = (bytes + 63) / 64 * 64;
  memory = static_cast<unsigned char *>(aligned_alloc(64, whole));
  memset(memory, 0xff, whole);
  for (unsigned i = 0; i < blocks; i++) block(launch, i);
  free(memory);
}
} // namespace shim
