// One block trains one network for many steps: weights, values and deltas stay in shared memory, the update is fused with the
// sum of the gradient's parts, and nothing but the moments, the records and the data's rows is read or written outside.
//
// PREFIX are the operations before the first weights, which the samples alone decide: where all of them fit into one tile they
// are worked out once a launch.

#define CLEAR(OP) OP::clear(shared);
#define READ(OP) OP::read(shared, state);
#define READ_FIXED(OP) OP::read(shared, launch.buffers + (unsigned long long)BUFFERS * index);
#define WRITE(OP) OP::write(shared, state);
#define KEEP(OP) OP::write(shared, copy);
#define PREPARE(OP) OP::forward(shared, rows); BARRIER(2);
#define FORTH(OP) OP::forward(shared, rows); BARRIER(3);
#define BACK(OP) OP::backward(shared, slots, rows, tile > 0);
#define SQUARES(OP) squares += OP::squares(slots);
#define UPDATE(OP) OP::update(shared, slots, rule, first, second);

// The sum of one number a thread, in a fixed order: 32 threads add theirs, then everyone adds these 32. Between the two
// stands a barrier.
DEVICE void fold(double *sums) {
  if (threadIdx.x >= 32) return;
  double sum = 0;
  for (int i = threadIdx.x; i < THREADS; i += 32) sum += sums[i];
  sums[THREADS + threadIdx.x] = sum;
}
DEVICE double folded(const double *sums) {
  double sum = 0;
  for (int i = 0; i < 32; i++) sum += sums[THREADS + i];
  return sum;
}

KERNEL(train)(Launch launch) {
  SHARED(memory);
  double *sums = (double *)memory;
  real *changing = (real *)(sums + THREADS + 32), *shared = changing + 8;
  const unsigned block = blockIdx.x, index = launch.active[block];
  const Job &job = launch.jobs[index];
  real *state = launch.state + 3ull * PARAMETERS * index;
  const unsigned width = launch.steps + launch.evaluate;
  double *losses = launch.losses + (unsigned long long)width * block;
#if SLOTS_SHARED
  real *slots = shared + SLOTS;
#else
  real *slots = launch.slots + (unsigned long long)SLOTS_LENGTH * block;
#endif
#if MOMENTS_SHARED
  real *first = shared + MOMENTS, *second = first + PARAMETERS;
  for (int i = threadIdx.x; i < 2 * PARAMETERS; i += THREADS) first[i] = state[PARAMETERS + i];
#else
  real *first = state + PARAMETERS, *second = first + PARAMETERS;
#endif
  LEARNT(CLEAR)
  for (int i = threadIdx.x; i < TILE; i += THREADS) shared[ONES + i] = 1;
  BARRIER(0);
  LEARNT(READ)
  FIXED(READ_FIXED)

  const bool full = launch.batch == launch.samples, resident = full && launch.samples <= TILE;
  const unsigned epoch = (launch.samples + launch.batch - 1) / launch.batch;
  const unsigned *due = launch.dues + job.due;
  real *copy = launch.kept + 3ull * PARAMETERS * launch.most * block;
  bool gathered = false;
  unsigned end = launch.steps;
  for (unsigned at = 0; at < width; at++) {
    const bool learn = at < launch.steps;
    const unsigned long long step = launch.first + at, place = learn ? step % epoch * launch.batch : 0;
    const int total = !learn ? launch.samples : place + launch.batch > launch.samples ? int(launch.samples - place) : int(launch.batch);
    const unsigned *order = 0;
    if (learn && !full && job.order != NONE)
      order = launch.orders + job.order + (step / epoch - launch.first / epoch) * launch.samples;
    double loss = 0;
    for (int tile = 0; tile * TILE < total; tile++) {
      const unsigned long long begin = place + (unsigned long long)tile * TILE;
      const int rows = total - tile * TILE < TILE ? total - tile * TILE : TILE;
      if (!gathered) {
        for (int row = threadIdx.x; row < TILE; row += THREADS) {
          const unsigned long long sample = row >= rows ? 0 : order ? order[begin + row] : begin + row;
          for (int j = 0; j < INPUTS; j++)
            shared[INPUT + j * LEAD + row] = row < rows ? launch.data[job.x + sample * INPUTS + j] : real(0);
          const int targets = job.loss == CLASSES ? 1 : OUTPUTS;
          for (int c = 0; c < targets; c++)
            shared[TARGETS + c * LEAD + row] = row < rows ? launch.data[job.y + sample * targets + c] : real(0);
        }
        BARRIER(1);
        PREFIX(PREPARE)
        gathered = resident;
      }
      CHAIN(FORTH)
      for (int row = threadIdx.x; row < TILE; row += THREADS) {
        if (row < rows) {
          const unsigned long long sample = order ? order[begin + row] : begin + row;
          loss += row_loss<Last>(shared, job, launch.data, row, sample, total);
        } else {
          for (int c = 0; c < OUTPUTS; c++) shared[Last::DELTA + c * LEAD + row] = 0;
        }
      }
      sums[threadIdx.x] = loss;
      if (learn && threadIdx.x == 0) Rule::change(job, launch.tables, at, changing);
      BARRIER(4);
      fold(sums);
      if (learn) {
        BACKWARD(BACK)
      }
      BARRIER(7);
    }
    const double found = folded(sums);
    if (threadIdx.x == 0) losses[at] = found;
    if (!learn) break;
    if (!isfinite(found)) {
      end = at;
      break;
    }
    if (*due == at) {
      LEARNT(KEEP)
      for (int i = threadIdx.x; i < PARAMETERS; i += THREADS) {
        copy[PARAMETERS + i] = first[i];
        copy[2 * PARAMETERS + i] = second[i];
      }
      copy += 3ull * PARAMETERS;
      due++;
    }
    real scale = 1;
    if (job.norm > 0) {
      double squares = 0;
      LEARNT(SQUARES)
      sums[threadIdx.x] = squares;
      BARRIER(8);
      fold(sums);
      BARRIER(9);
      scale = real(fmin(job.norm / (sqrt(folded(sums)) + 1e-6), 1.0));
    }
    const Rule rule = Rule::of(job, changing, scale);
    LEARNT(UPDATE)
    // Elsewhere the barrier after the next rows have come stands between the update and what reads the weights.
    if (resident) BARRIER(10);
  }
  LEARNT(WRITE)
#if MOMENTS_SHARED
  // Not always the moments that this thread has updated.
  BARRIER(11);
  for (int i = threadIdx.x; i < 2 * PARAMETERS; i += THREADS) state[PARAMETERS + i] = first[i];
#endif
  if (threadIdx.x == 0) launch.ends[block] = end;
}
