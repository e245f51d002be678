// The operations of a chain of layers, each a type made of its shape (sizes, factors, places in shared memory).
//
// Numbers of a tile of rows lie feature by feature: `[feature][LEAD]`, a row's neighbours side by side, so that every product
// reads four rows at once. LEAD is such that neighbouring lanes that read different features meet different banks. A thread
// owns whole entries of every result: nothing is added atomically, and results repeat bit for bit.

struct __align__(16) Quad {
  real at[4];
};

DEVICE Quad quad(const real *from) { return *(const Quad *)from; }

DEVICE real sigmoid(real x) {
  // The exponential of a negative number only: no overflow on either side.
  const real e = exp(-fabs(x));
  return (x < 0 ? e : real(1)) / (1 + e);
}

// 1, 2 or 4 numbers, the four of them aligned.
template <int N> DEVICE void load(const real *from, real (&to)[N]) {
  if (N == 4) {
    const Quad all = quad(from);
#pragma unroll
    for (int j = 0; j < N; j++) to[j] = all.at[j];
  } else {
#pragma unroll
    for (int j = 0; j < N; j++) to[j] = from[j];
  }
}

// How many of `count` neighbours one thread works on.
DEVICE constexpr int strip(int count) { return count < 3 ? count : 4; }

// `z = FW W x + FB b`, then the function F. Weights lie `[IN + 1][WLEAD]`, the last row the biases; where the gradient of the
// input is wanted, they lie transposed beside that, `[OUT][TLEAD]`.
template <class S> struct Dense {
  static constexpr int N = strip(S::OUT);
  static constexpr int STRIPS = (S::OUT + N - 1) / N;
  static constexpr int K = S::IN + S::BIAS;
  static constexpr int M = strip(K);
  static constexpr int COLUMNS = (K + M - 1) / M;
  static constexpr int B = strip(S::IN);
  static constexpr int BACK_STRIPS = (S::IN + B - 1) / B;
  static constexpr int COUNT = K * S::OUT;

  DEVICE void clear(real *shared) {
    for (int i = threadIdx.x; i < (S::IN + 1) * S::WLEAD; i += THREADS) shared[S::WEIGHTS + i] = 0;
    if (S::BACK)
      for (int i = threadIdx.x; i < S::OUT * S::TLEAD; i += THREADS) shared[S::TRANSPOSED + i] = 0;
  }

  DEVICE void put(real *shared, int k, int n, real value) {
    shared[S::WEIGHTS + k * S::WLEAD + n] = value;
    if (S::BACK && k < S::IN) shared[S::TRANSPOSED + n * S::TLEAD + k] = value;
  }

  DEVICE void read(real *shared, const real *parameters) {
    for (int e = threadIdx.x; e < COUNT; e += THREADS) put(shared, e / S::OUT, e % S::OUT, parameters[S::PLACE + e]);
  }

  DEVICE void write(const real *shared, real *parameters) {
    for (int e = threadIdx.x; e < COUNT; e += THREADS)
      parameters[S::PLACE + e] = shared[S::WEIGHTS + e / S::OUT * S::WLEAD + e % S::OUT];
  }

  DEVICE void forward(real *shared, int rows) {
    for (int item = threadIdx.x; item < TILE / 4 * STRIPS; item += THREADS) {
      const int row = 4 * (item % (TILE / 4)), first = item / (TILE / 4) * N;
      if (row >= rows) continue;
      const real *below = shared + S::INPUT_PLACE + row, *weights = shared + S::WEIGHTS + first;
      real sum[4][N] = {};
#pragma unroll 4
      for (int k = 0; k < S::IN; k++) {
        const Quad a = quad(below + k * LEAD);
        real w[N];
        load<N>(weights + k * S::WLEAD, w);
#pragma unroll
        for (int i = 0; i < 4; i++)
#pragma unroll
          for (int j = 0; j < N; j++) sum[i][j] += a.at[i] * w[j];
      }
#pragma unroll
      for (int j = 0; j < N; j++) {
        if (first + j >= S::OUT) continue;
        const real bias = S::BIAS ? real(S::FB) * weights[S::IN * S::WLEAD + j] : real(0);
        Quad values, slopes;
#pragma unroll
        for (int i = 0; i < 4; i++) {
          S::F::both(real(S::FW) * sum[i][j] + bias, values.at[i], slopes.at[i]);
          // What lies past the last row takes part in sums: it must be zero, whatever the function is there.
          if (row + i >= rows) values.at[i] = slopes.at[i] = 0;
        }
        const int place = (first + j) * LEAD + row;
        *(Quad *)(shared + S::OUTPUT + place) = values;
        if (S::STORED) *(Quad *)(shared + S::DELTA + place) = slopes;
      }
    }
  }

  // The gradient by the weights over a tile, in SLICES parts that are added when it is used: part s of entry e at
  // `slots[s COUNT + e]`. `more`: on top of the tiles before.
  DEVICE void gradient(const real *shared, real *slots, int rows, bool more) {
    const int quads = (rows + 3) / 4;
    for (int item = threadIdx.x; item < COLUMNS * STRIPS * S::SLICES; item += THREADS) {
      const int column = item % COLUMNS, across = item / COLUMNS % STRIPS, slice = item / (COLUMNS * STRIPS);
      const real *below[M], *above[N];
#pragma unroll
      for (int i = 0; i < M; i++) {
        const int k = column + i * COLUMNS;
        below[i] = shared + (k < S::IN ? S::INPUT_PLACE + k * LEAD : ONES);
      }
#pragma unroll
      for (int j = 0; j < N; j++) {
        const int n = across + j * STRIPS;
        above[j] = shared + S::DELTA + (n < S::OUT ? n : 0) * LEAD;
      }
      real sum[M][N] = {};
      const int last = (slice + 1) * quads / S::SLICES;
#pragma unroll 1
      for (int q = slice * quads / S::SLICES; q < last; q++) {
        Quad a[M], d[N];
#pragma unroll
        for (int i = 0; i < M; i++) a[i] = quad(below[i] + 4 * q);
#pragma unroll
        for (int j = 0; j < N; j++) d[j] = quad(above[j] + 4 * q);
#pragma unroll
        for (int r = 0; r < 4; r++)
#pragma unroll
          for (int i = 0; i < M; i++)
#pragma unroll
            for (int j = 0; j < N; j++) sum[i][j] += a[i].at[r] * d[j].at[r];
      }
#pragma unroll
      for (int i = 0; i < M; i++)
#pragma unroll
        for (int j = 0; j < N; j++) {
          const int k = column + i * COLUMNS, n = across + j * STRIPS;
          if (k >= K || n >= S::OUT) continue;
          real *slot = slots + S::SLOTS_PLACE + slice * COUNT + k * S::OUT + n;
          *slot = more ? *slot + sum[i][j] : sum[i][j];
        }
    }
  }

  // The gradient by what the layer below gives out, times that layer's slope: its delta.
  DEVICE void back(real *shared, int rows) {
    for (int item = threadIdx.x; item < TILE / 4 * BACK_STRIPS; item += THREADS) {
      const int row = 4 * (item % (TILE / 4)), first = item / (TILE / 4) * B;
      if (row >= rows) continue;
      const real *above = shared + S::DELTA + row, *weights = shared + S::TRANSPOSED + first;
      real sum[4][B] = {};
#pragma unroll 4
      for (int n = 0; n < S::OUT; n++) {
        const Quad d = quad(above + n * LEAD);
        real w[B];
        load<B>(weights + n * S::TLEAD, w);
#pragma unroll
        for (int i = 0; i < 4; i++)
#pragma unroll
          for (int j = 0; j < B; j++) sum[i][j] += d.at[i] * w[j];
      }
#pragma unroll
      for (int j = 0; j < B; j++) {
        if (first + j >= S::IN) continue;
        const int place = (first + j) * LEAD + row;
        const Quad known = quad(shared + (S::BELOW::STORED ? S::BELOW_DELTA : S::INPUT_PLACE) + place);
        Quad delta;
#pragma unroll
        for (int i = 0; i < 4; i++) delta.at[i] = real(S::FW) * sum[i][j] * S::BELOW::slope(known.at[i]);
        *(Quad *)(shared + S::BELOW_DELTA + place) = delta;
      }
    }
  }

  DEVICE void backward(real *shared, real *slots, int rows, bool more) {
    gradient(shared, slots, rows, more);
    if (!S::BACK) return;
    // The delta takes the place of the values that the gradient has read.
    if (S::BELOW_DELTA == S::INPUT_PLACE) BARRIER(5);
    back(shared, rows);
    BARRIER(6);
  }

  DEVICE real slope(const real *slots, int e) {
    real sum = 0;
#pragma unroll 4
    for (int slice = 0; slice < S::SLICES; slice++) sum += slots[S::SLOTS_PLACE + slice * COUNT + e];
    return sum * (e / S::OUT < S::IN ? real(S::FW) : real(S::FB));
  }

  // This thread's part of the gradient's squares.
  DEVICE double squares(const real *slots) {
    double sum = 0;
    for (int e = threadIdx.x; e < COUNT; e += THREADS) {
      const double g = slope(slots, e);
      sum += g * g;
    }
    return sum;
  }

  DEVICE void update(real *shared, const real *slots, const Rule &rule, real *first, real *second) {
    for (int e = threadIdx.x; e < COUNT; e += THREADS) {
      const int k = e / S::OUT, n = e % S::OUT, place = S::PLACE + e;
      put(shared, k, n, rule.moved(shared[S::WEIGHTS + k * S::WLEAD + n], slope(slots, e), first[place], second[place]));
    }
  }
};

// A function of every number, where no dense layer stands before it.
template <class S> struct Map {
  DEVICE void forward(real *shared, int rows) {
    for (int item = threadIdx.x; item < TILE * S::OUT; item += THREADS) {
      const int row = item % TILE, place = item / TILE * LEAD + row;
      real value, slope;
      S::F::both(shared[S::INPUT_PLACE + place], value, slope);
      if (row >= rows) value = slope = 0;
      shared[S::OUTPUT + place] = value;
      if (S::STORED) shared[S::DELTA + place] = slope;
    }
  }

  DEVICE void backward(real *shared, real *, int, bool) {
    if (!S::BACK) return;
    for (int item = threadIdx.x; item < TILE * S::OUT; item += THREADS) {
      const int place = item / TILE * LEAD + item % TILE;
      const real known = shared[(S::BELOW::STORED ? S::BELOW_DELTA : S::INPUT_PLACE) + place];
      shared[S::BELOW_DELTA + place] = shared[S::DELTA + place] * S::BELOW::slope(known);
    }
    BARRIER(6);
  }
};

// `[a cos 2 pi b.v, a sin 2 pi b.v]` with OUT / 2 frequencies; they and their amplitudes lie at FREQUENCIES.
template <class S> struct Fourier {
  static constexpr int COUNT = S::OUT / 2;

  DEVICE void read(real *shared, const real *buffers) {
    for (int i = threadIdx.x; i < COUNT * (S::IN + 1); i += THREADS) shared[S::FREQUENCIES + i] = buffers[S::PLACE + i];
  }

  DEVICE void forward(real *shared, int rows) {
    const real turn = real(6.283185307179586476925);
    for (int item = threadIdx.x; item < TILE * COUNT; item += THREADS) {
      const int row = item % TILE, f = item / TILE;
      real turns = 0;
      for (int j = 0; j < S::IN; j++) turns += shared[S::FREQUENCIES + f * S::IN + j] * shared[S::INPUT_PLACE + j * LEAD + row];
      const real amplitude = row < rows ? shared[S::FREQUENCIES + COUNT * S::IN + f] : real(0);
      shared[S::OUTPUT + f * LEAD + row] = amplitude * cos(turn * turns);
      shared[S::OUTPUT + (COUNT + f) * LEAD + row] = amplitude * sin(turn * turns);
    }
  }

  DEVICE void backward(real *shared, real *, int, bool) {
    if (!S::BACK) return;
    const real turn = real(6.283185307179586476925);
    for (int item = threadIdx.x; item < TILE * S::IN; item += THREADS) {
      const int row = item % TILE, j = item / TILE;
      real sum = 0;
      for (int f = 0; f < COUNT; f++) {
        const int even = f * LEAD + row, odd = (COUNT + f) * LEAD + row;
        const real phase = shared[S::OUTPUT + even] * shared[S::DELTA + odd] - shared[S::OUTPUT + odd] * shared[S::DELTA + even];
        sum += shared[S::FREQUENCIES + f * S::IN + j] * phase;
      }
      const int place = j * LEAD + row;
      const real known = shared[(S::BELOW::STORED ? S::BELOW_DELTA : S::INPUT_PLACE) + place];
      shared[S::BELOW_DELTA + place] = turn * sum * S::BELOW::slope(known);
    }
    BARRIER(6);
  }
};
