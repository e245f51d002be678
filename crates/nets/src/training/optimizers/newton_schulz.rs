//! A matrix made nearly orthogonal by products alone.
//!
//! X = U / max(|U|_F, epsilon), then `steps` times X <- a X + (b X X^T + c (X X^T)^2) X. Singular vectors stay; a singular value s
//! of X becomes p(p(... p(s))) with p(s) = a s + b s^3 + c s^5. Jordan's coefficients (3.4445, -4.7750, 2.0315) raise what is
//! small as fast as can be and leave the rest between 0.7 and 1.2; those of Newton and Schulz (15/8, -10/8, 3/8) converge to 1.
//! The shorter side's Gram matrix is the one that is taken.

use compute::{Buffer, Layout, Left, Scalar, Shares, SimdPath, Team, product, transpose};

/// Rows of a product that one member of the team makes: fixed, and of no matter to the bits.
const ROWS: usize = 64;

/// How a matrix is made orthogonal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Iteration {
    pub steps: u32,
    /// a, b and c.
    pub coefficients: [f64; 3],
    /// The least norm that a matrix is divided by.
    pub epsilon: f64,
}

/// Numbers that [`orthogonalize`] takes beside the matrix.
pub fn scratch<T: Scalar>([rows, columns]: [usize; 2]) -> usize {
    let (r, lead, short) = sides::<T>([rows, columns]);
    let c = rows.max(columns);
    (2 * r).saturating_mul(lead).saturating_add(c.saturating_mul(short)).saturating_add((2 * r).saturating_mul(short))
}

/// The shorter side, and both sides as rows of vectors: the longer one first.
fn sides<T: Scalar>([rows, columns]: [usize; 2]) -> (usize, usize, usize) {
    let (short, long) = (rows.min(columns), rows.max(columns));
    (short, long.next_multiple_of(T::HALF), short.next_multiple_of(T::HALF))
}

/// `matrix`, row-major `[rows, columns]`, becomes what the iteration makes of it.
pub fn orthogonalize<T: Scalar>(
    path: SimdPath,
    team: &mut Team,
    matrix: &mut [T],
    [rows, columns]: [usize; 2],
    how: &Iteration,
) {
    let (r, lead, short) = sides::<T>([rows, columns]);
    let c = rows.max(columns);
    let tall = rows > columns;
    let norm = matrix.iter().map(|x| x.to_f64() * x.to_f64()).sum::<f64>().sqrt().max(how.epsilon);
    let [a, b, c5] = how.coefficients.map(T::from_f64);
    let inverse = T::from_f64(1.0 / norm);
    matrix.iter_mut().for_each(|x| *x *= inverse);
    // Columns beyond the matrix are zeros and stay so.
    let (mut x, mut next): (Buffer<T>, Buffer<T>) = (Buffer::zeros(r * lead), Buffer::zeros(r * lead));
    let mut turned: Buffer<T> = Buffer::zeros(c * short);
    let (mut gram, mut factor): (Buffer<T>, Buffer<T>) = (Buffer::zeros(r * short), Buffer::zeros(r * short));
    if tall {
        transpose(rows, columns, (matrix, columns), (&mut x, lead));
    } else {
        x.chunks_exact_mut(lead).zip(matrix.chunks_exact(columns)).for_each(|(to, row)| to[..c].copy_from_slice(row));
    }
    for _ in 0..how.steps {
        transpose(r, c, (&x, lead), (&mut turned, short));
        multiply(path, team, [r, short, c], (&x, lead), (&turned, short), (&mut gram, short), false);
        multiply(path, team, [r, short, r], (&gram, short), (&gram, short), (&mut factor, short), false);
        factor.iter_mut().zip(gram.iter()).for_each(|(square, gram)| *square = b * *gram + c5 * *square);
        next.iter_mut().zip(x.iter()).for_each(|(next, x)| *next = a * *x);
        multiply(path, team, [r, lead, r], (&factor, short), (&x, lead), (&mut next, lead), true);
        std::mem::swap(&mut x, &mut next);
    }
    if tall {
        transpose(r, c, (&x, lead), (matrix, columns));
    } else {
        matrix.chunks_exact_mut(columns).zip(x.chunks_exact(lead)).for_each(|(row, x)| row.copy_from_slice(&x[..c]));
    }
}

/// `C (+)= A B`, row-major, each with the numbers from a row to the next; the rows of C are shared out among the team.
fn multiply<T: Scalar>(
    path: SimdPath,
    team: &mut Team,
    [rows, columns, depth]: [usize; 3],
    (a, a_lead): (&[T], usize),
    (b, b_lead): (&[T], usize),
    (c, c_lead): (&mut [T], usize),
    accumulate: bool,
) {
    let into = Shares::new(c);
    team.run(rows.div_ceil(ROWS), |part| {
        let (from, to) = (part * ROWS, (part * ROWS + ROWS).min(rows));
        // SAFETY: parts do not overlap.
        let own = unsafe { into.slice(from * c_lead, (to - from) * c_lead) };
        let left = Left { data: &a[from * a_lead..], row: a_lead, column: 1 };
        let (b_layout, c_layout) = (Layout::plain::<T>(b_lead), Layout::plain::<T>(c_lead));
        product(path, [to - from, columns, depth], left, (b, b_layout), (own, c_layout), accumulate);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{Random, Stream};

    const JORDAN: [f64; 3] = [3.4445, -4.775, 2.0315];

    fn draw(count: usize) -> Vec<f64> {
        let mut random = Random::new(3, Stream::Data(0));
        (0..count).map(|_| 2.0 * random.uniform() - 1.0).collect()
    }

    fn by_hand(u: &[f64], [rows, columns]: [usize; 2], how: &Iteration) -> Vec<f64> {
        let at = |m: &[f64], n: usize, i: usize, j: usize| m[i * n + j];
        let norm = u.iter().map(|x| x * x).sum::<f64>().sqrt().max(how.epsilon);
        let mut x: Vec<f64> = u.iter().map(|x| x / norm).collect();
        let [a, b, c] = how.coefficients;
        for _ in 0..how.steps {
            // Both Gram matrices give the same: X (X^T X) = (X X^T) X. The one on the right is taken here, whatever the shape.
            let gram: Vec<f64> = (0..columns * columns)
                .map(|k| (0..rows).map(|i| at(&x, columns, i, k / columns) * at(&x, columns, i, k % columns)).sum())
                .collect();
            let times = |left: &[f64]| -> Vec<f64> {
                (0..rows * columns)
                    .map(|k| {
                        let (i, j) = (k / columns, k % columns);
                        (0..columns).map(|l| at(left, columns, i, l) * at(&gram, columns, l, j)).sum()
                    })
                    .collect()
            };
            let cubed = times(&x);
            let fifth = times(&cubed);
            x = (0..rows * columns).map(|k| a * x[k] + b * cubed[k] + c * fifth[k]).collect();
        }
        x
    }

    #[test]
    fn it_is_its_definition_for_every_shape_and_any_threads() {
        let how = Iteration { steps: 5, coefficients: JORDAN, epsilon: 1e-7 };
        for shape in [[1, 1], [1, 7], [7, 1], [5, 5], [3, 40], [40, 3], [40, 40], [70, 130], [131, 66]] {
            let start = draw(shape[0] * shape[1]);
            let expected = by_hand(&start, shape, &how);
            let run = |threads: usize| {
                let mut found = start.clone();
                orthogonalize(SimdPath::current(), &mut Team::new(threads), &mut found, shape, &how);
                found
            };
            let found = run(1);
            let off = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-12, "{shape:?}: {off}");
            assert_eq!(found, run(3), "{shape:?}: threads");
            let mut single: Vec<f32> = start.iter().map(|x| *x as f32).collect();
            orthogonalize(SimdPath::current(), &mut Team::new(1), &mut single, shape, &how);
            let off = single.iter().zip(&expected).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-4, "{shape:?}: {off} in f32");
        }
    }

    #[test]
    fn a_singular_value_becomes_the_polynomial_of_it() {
        // U diag(s) V^T with U, V of the cosine transform, which are orthogonal: sqrt(2/n) cos(pi (i + 1/2) k / n).
        let n = 6;
        let wave = |i: usize, k: usize| {
            let scale = if k == 0 { (1.0 / n as f64).sqrt() } else { (2.0 / n as f64).sqrt() };
            scale * (std::f64::consts::PI * (i as f64 + 0.5) * k as f64 / n as f64).cos()
        };
        let values = [3.0, 2.0, 1.0, 0.1, 0.01, 0.0];
        let norm = values.iter().map(|s: &f64| s * s).sum::<f64>().sqrt();
        let matrix = |values: &[f64]| -> Vec<f64> {
            // V is U with its columns the other way round.
            (0..n * n).map(|p| (0..n).map(|k| wave(p / n, k) * values[k] * wave(p % n, n - 1 - k)).sum()).collect()
        };
        for (coefficients, steps) in [(JORDAN, 5), ([1.875, -1.25, 0.375], 16)] {
            let p = |s: f64| coefficients[0] * s + coefficients[1] * s.powi(3) + coefficients[2] * s.powi(5);
            let mapped: Vec<f64> = values.iter().map(|s| (0..steps).fold(s / norm, |s, _| p(s))).collect();
            let mut found = matrix(&values);
            let how = Iteration { steps, coefficients, epsilon: 1e-7 };
            orthogonalize(SimdPath::current(), &mut Team::new(1), &mut found, [n, n], &how);
            let off = found.iter().zip(matrix(&mapped)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-12, "{coefficients:?}: {off}");
            if steps == 5 {
                assert!(mapped[..4].iter().all(|s| (0.65..1.25).contains(s)), "{mapped:?}");
            } else {
                assert!(mapped[..5].iter().all(|s| (s - 1.0).abs() < 1e-12), "{mapped:?}");
            }
        }
        // Nothing becomes nothing.
        let mut zeros = vec![0.0; 12];
        let how = Iteration { steps: 5, coefficients: JORDAN, epsilon: 1e-7 };
        orthogonalize(SimdPath::current(), &mut Team::new(1), &mut zeros, [3, 4], &how);
        assert_eq!(zeros, [0.0; 12]);
    }
}
