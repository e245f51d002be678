// A program that trains two networks for some steps on invented numbers and prints their losses: for ThreadSanitizer. Batches
// of two tiles out of more samples, or with WHOLE all samples in one
// tile and the loss after the last step.
#include <cstdint>
int main() {
#ifdef WHOLE
  const unsigned samples = TILE - 1, batch = samples, evaluate = 1;
#else
  const unsigned samples = TILE + 7, batch = TILE + 5, evaluate = 0;
#endif
  const unsigned runs = 2, steps = 4, most = 2;
  uint64_t seed = 1;
  const auto drawn = [&seed] {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return real(double(seed >> 11) / 9007199254740992.0 - 0.5);
  };
  std::vector<real> data(samples * (INPUTS + OUTPUTS)), state(3 * PARAMETERS * runs), buffers(BUFFERS * runs + 1);
  std::vector<real> slots(SLOTS_LENGTH * runs + 1), kept(3 * PARAMETERS * most * runs);
  for (real &number : data) number = drawn();
  for (unsigned run = 0; run < runs; run++)
    for (unsigned i = 0; i < PARAMETERS; i++) state[3 * PARAMETERS * run + i] = drawn();
  for (real &number : buffers) number = drawn();
  std::vector<double> tables(3 * steps, 0.9), losses((steps + evaluate) * runs);
  std::vector<unsigned> orders(samples * steps), dues = {0, 2, ~0u}, active = {0, 1}, ends(runs);
  for (unsigned i = 0; i < orders.size(); i++) orders[i] = (i * 3 + i / samples) % samples;
  std::vector<Job> jobs(runs);
  for (Job &job : jobs) {
    job = Job{};
    job.y = samples * INPUTS;
    job.rate = 0.01, job.beta1 = 0.9, job.beta2 = 0.9, job.epsilon = 1e-8, job.limit = INFINITY, job.norm = 0.1;
    job.rule = ADAM;
  }
  Launch launch{};
  launch.jobs = jobs.data(), launch.active = active.data(), launch.data = data.data(), launch.state = state.data();
  launch.buffers = buffers.data(), launch.slots = slots.data(), launch.tables = tables.data();
  launch.orders = orders.data(), launch.dues = dues.data(), launch.losses = losses.data(), launch.kept = kept.data();
  launch.ends = ends.data(), launch.first = 0, launch.steps = steps, launch.samples = samples, launch.batch = batch;
  launch.most = most, launch.evaluate = evaluate;
  shim::run(launch, runs, BYTES);
  for (double loss : losses) printf("%.17g\n", loss);
}
