//! A number that carries all derivatives up to the third by x and t, as a truncated Taylor series: independent of the engine's
//! jets and of the graph's derivatives.

/// Coefficients of x^i t^j.
#[derive(Clone, Copy)]
pub struct Series([[f64; 4]; 4]);

impl Series {
    pub fn number(value: f64) -> Self {
        let mut all = [[0.0; 4]; 4];
        all[0][0] = value;
        Series(all)
    }
    pub fn variable(value: f64, which: usize) -> Self {
        let mut all = Series::number(value);
        if which == 0 {
            all.0[1][0] = 1.0
        } else {
            all.0[0][1] = 1.0
        }
        all
    }
    pub fn add(self, other: Self) -> Self {
        Series(std::array::from_fn(|i| std::array::from_fn(|j| self.0[i][j] + other.0[i][j])))
    }
    pub fn times(self, factor: f64) -> Self {
        Series(self.0.map(|row| row.map(|x| factor * x)))
    }
    pub fn multiply(self, other: Self) -> Self {
        let mut all = [[0.0; 4]; 4];
        for i in 0..4 {
            for j in 0..4 {
                for k in 0..=i {
                    for l in 0..=j {
                        all[i][j] += self.0[k][l] * other.0[i - k][j - l];
                    }
                }
            }
        }
        Series(all)
    }
    /// f(self) by f's Taylor coefficients at the value.
    fn apply(self, coefficients: [f64; 7]) -> Self {
        let mut rest = self;
        rest.0[0][0] = 0.0;
        let (mut power, mut sum) = (Series::number(1.0), Series::number(0.0));
        for coefficient in coefficients {
            sum = sum.add(power.times(coefficient));
            power = power.multiply(rest);
        }
        sum
    }
    pub fn sin(self) -> Self {
        let (s, c) = self.0[0][0].sin_cos();
        self.apply([s, c, -s / 2.0, -c / 6.0, s / 24.0, c / 120.0, -s / 720.0])
    }
    pub fn exp(self) -> Self {
        let e = self.0[0][0].exp();
        self.apply([e, e, e / 2.0, e / 6.0, e / 24.0, e / 120.0, e / 720.0])
    }
    pub fn reciprocal(self) -> Self {
        let r = 1.0 / self.0[0][0];
        self.apply(std::array::from_fn(|n| r * (-r).powi(n as i32)))
    }
    /// By its differential equation f' = 1 - f^2.
    pub fn tanh(self) -> Self {
        let mut f = [0.0; 7];
        f[0] = self.0[0][0].tanh();
        for n in 0..6 {
            let square: f64 = (0..=n).map(|k| f[k] * f[n - k]).sum();
            f[n + 1] = (f64::from(u8::from(n == 0)) - square) / (n + 1) as f64;
        }
        self.apply(f)
    }
    /// The derivative by x i times and by t j times.
    pub fn derivative(self, i: usize, j: usize) -> f64 {
        let factorial = |n: usize| (1..=n).product::<usize>() as f64;
        self.0[i][j] * factorial(i) * factorial(j)
    }
}
