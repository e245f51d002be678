// Optimisers and losses: those of `nets::training::optimizers` and `nets::training::losses`, their numbers a training's own.

enum { SGD, ADAM, RMSPROP };
enum { SQUARED, ABSOLUTE, HUBER, PROBABILITIES, CLASSES };
enum { UNWEIGHTED, BY_ROW, BY_VALUE };

// A training. Places count numbers of the launch's lists.
struct Job {
  unsigned long long x, y, weights;
  // Of the order of the samples in the epoch of the launch's first step; none for as they come.
  unsigned long long order;
  // Of the three numbers of the launch's first step: schedule, 1 - beta1^t, 1 / sqrt(1 - beta2^t).
  unsigned long long table;
  // Of the steps, counted from the launch's first, before which the state is kept, ascending.
  unsigned long long due;
  // For each rule what it has: momentum or beta1, beta2 or decay of RMSprop.
  double rate, beta1, beta2, epsilon, decay, shrink, limit, norm, delta;
  unsigned rule, nesterov, loss, weighting;
};

struct Launch {
  const Job *jobs;
  // Which of them this launch trains, one a block.
  const unsigned *active;
  const real *data;
  // Parameters, first and second moments of each job.
  real *state;
  const real *buffers;
  // For each block, where they have no room in shared memory.
  real *slots;
  const double *tables;
  const unsigned *orders, *dues;
  // For each block a number a step, and one more with `evaluate`.
  double *losses;
  // For each block `most` copies of its state.
  real *kept;
  // For each block the step, counted from the first, at which its loss was not finite, or `steps`.
  unsigned *ends;
  unsigned long long first;
  unsigned steps, samples, batch, most, evaluate;
};

#define NONE 0xffffffffffffffffull

// One step's update, the same for every parameter; what changes from step to step stands in shared memory.
struct Rule {
  unsigned kind, nesterov;
  real scale, limit, decay, momentum, rest, second, rest2, rate, shrink, root, epsilon;

  static DEVICE_MEMBER Rule of(const Job &job, const real *changing, real scale) {
    Rule rule;
    rule.kind = job.rule;
    rule.nesterov = job.nesterov;
    rule.scale = scale;
    rule.limit = real(job.limit);
    rule.decay = real(job.decay);
    rule.momentum = real(job.beta1);
    rule.rest = real(1 - job.beta1);
    rule.second = real(job.beta2);
    rule.rest2 = real(1 - job.beta2);
    rule.rate = changing[0];
    rule.shrink = changing[1];
    rule.root = changing[2];
    rule.epsilon = real(job.epsilon);
    return rule;
  }

  // By one thread: what step `at` of the launch has of its own.
  static DEVICE_MEMBER void change(const Job &job, const double *tables, unsigned at, real *changing) {
    const double *row = tables + job.table + 3ull * at;
    const double rate = job.rate * row[0];
    changing[0] = real(job.rule == ADAM ? rate / row[1] : rate);
    changing[1] = real(1 - rate * job.shrink);
    changing[2] = real(row[2]);
  }

  DEVICE_MEMBER real moved(real p, real gradient, real &first, real &other) const {
    const real scaled = scale * gradient;
    const real above = scaled > limit ? limit : scaled;
    real g = above < -limit ? -limit : above;
    if (kind == SGD) {
      g += decay * p;
      if (momentum == 0) return p - rate * g;
      const real m = momentum * first + g;
      first = m;
      return p - rate * (nesterov ? g + momentum * m : m);
    }
    if (kind == ADAM) {
      g += decay * p;
      const real m = momentum * first + rest * g, v = second * other + rest2 * g * g;
      first = m;
      other = v;
      return shrink * p - rate * m / (sqrt(v) * root + epsilon);
    }
    const real v = second * other + rest2 * g * g;
    other = v;
    return p - rate * g / (sqrt(v) + epsilon);
  }
};

// The loss of row `row` of a tile, of a batch of `total` rows, and its slopes times those of the last function, in f64 as on the
// CPU. `sample` finds the weights. T is the shape of the last operation.
template <class T> DEVICE double row_loss(real *shared, const Job &job, const real *data, int row, unsigned long long sample, int total) {
  const real *values = shared + T::OUTPUT + row, *targets = shared + TARGETS + row;
  real *deltas = shared + T::DELTA + row;
  double sum = 0, scale = 1.0 / total;
  if (job.loss == PROBABILITIES || job.loss == CLASSES) {
    double largest = values[0], all = 0, mass = 1;
    for (int c = 1; c < OUTPUTS; c++) largest = fmax(largest, double(values[c * LEAD]));
    for (int c = 0; c < OUTPUTS; c++) all += exp(double(values[c * LEAD]) - largest);
    const double log_total = largest + log(all);
    const int expected = job.loss == CLASSES ? int(targets[0]) : 0;
    if (job.loss == PROBABILITIES) {
      mass = 0;
      for (int c = 0; c < OUTPUTS; c++) mass += double(targets[c * LEAD]);
    }
    for (int c = 0; c < OUTPUTS; c++) {
      const double logit = double(values[c * LEAD]) - log_total;
      const double p = job.loss == PROBABILITIES ? double(targets[c * LEAD]) : double(c == expected);
      if (job.loss == PROBABILITIES || c == expected) sum -= p * logit;
      const real known = (T::STORED ? deltas : values)[c * LEAD];
      deltas[c * LEAD] = real(scale * (mass * exp(logit) - p)) * T::F::slope(known);
    }
    return sum * scale;
  }
  scale /= OUTPUTS;
  for (int c = 0; c < OUTPUTS; c++) {
    const double error = double(values[c * LEAD]) - double(targets[c * LEAD]), size = fabs(error);
    const double sign = error > 0 ? 1 : error < 0 ? -1 : error;
    double value = error * error, slope = 2 * error;
    if (job.loss == ABSOLUTE) value = size, slope = sign;
    if (job.loss == HUBER) {
      const bool near = size <= job.delta;
      value = near ? 0.5 * error * error : job.delta * (size - 0.5 * job.delta);
      slope = near ? error : job.delta * sign;
    }
    const double weight = job.weighting == BY_ROW     ? double(data[job.weights + sample])
                          : job.weighting == BY_VALUE ? double(data[job.weights + sample * OUTPUTS + c])
                                                      : 1.0;
    sum += weight * value;
    const real known = (T::STORED ? deltas : values)[c * LEAD];
    deltas[c * LEAD] = real(scale * weight * slope) * T::F::slope(known);
  }
  return sum * scale;
}
