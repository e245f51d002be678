//! Rows of covariances through a plan without positions, vectorised: what makes large analytic Gram matrices fast.
//!
//! A chunk of a row (one input against up to [`CHUNK`] others) goes through all steps while it stays in cache.
//! Rectifiers and erf run on vectors with an arc sine of their own; the other duals number by number in f64.

use super::dual::dual;
use super::hermite::{Coefficients, series};
use super::plan::{Affine, Dual, Plan, Step};
use base::{Control, Result};
use compute::{Kernel, Lanes, SimdPath};
use linalg::Real;

/// Covariances that go through the network together.
pub const CHUNK: usize = 512;

/// What an activation needs to know of each input: its variance there, in the form that its formula wants.
pub struct Inputs<T> {
    /// Per activation, per input: sqrt(a) for rectifiers, 1 / sqrt(1 + 2a) for erf, else a.
    scale: Vec<Vec<T>>,
    /// Per activation, per input: 1 / sqrt(a), 0 for a = 0; rectifiers only.
    inverse: Vec<Vec<T>>,
    variance: Vec<Vec<f64>>,
    coefficients: Vec<Vec<Coefficients>>,
}

impl<T: Real> Inputs<T> {
    /// From the inputs' own covariances. Errors: abort, between two inputs.
    pub fn new(plan: &Plan, own: &[f64], control: &Control) -> Result<Self> {
        let mut variance = vec![vec![0.0; own.len()]; plan.activations];
        let mut tables: Vec<Vec<Coefficients>> = (0..plan.activations).map(|_| vec![]).collect();
        for (i, &start) in own.iter().enumerate() {
            control.check()?;
            let mut q = start;
            let mut saved = vec![];
            for step in &plan.steps {
                match step {
                    Step::Affine(Affine { weight, bias, .. }) => q = weight * q + bias,
                    Step::Scale(c) => q *= c,
                    Step::Activation(f, slot) => {
                        variance[*slot][i] = q;
                        q = match f {
                            Dual::Closed(f) => dual(*f, q, q, q).0,
                            Dual::Series(h) => {
                                let c = h.coefficients(q);
                                let value = series(&c, &c, q).0;
                                tables[*slot].push(c);
                                value
                            }
                        };
                    }
                    Step::Save => saved.push(q),
                    Step::AddSaved => q += saved.pop().unwrap_or(0.0),
                    Step::Flatten | Step::Convolution(..) | Step::AveragePool(_) => {}
                }
            }
        }
        let (mut scale, mut inverse) = (vec![vec![]; plan.activations], vec![vec![]; plan.activations]);
        for step in &plan.steps {
            if let Step::Activation(Dual::Closed(f), slot) = step {
                let rectifier = matches!(f, super::dual::Closed::Rectifier { .. });
                let form = |a: &f64| T::from_f64(if rectifier { a.sqrt() } else { 1.0 / (1.0 + 2.0 * a).sqrt() });
                scale[*slot] = variance[*slot].iter().map(form).collect();
                let inverted = |a: &f64| T::from_f64(if *a > 0.0 { 1.0 / a.sqrt() } else { 0.0 });
                inverse[*slot] = variance[*slot].iter().map(inverted).collect();
            }
        }
        Ok(Inputs { scale, inverse, variance, coefficients: tables })
    }

    /// The largest relative error of a series at equal inputs, where it is largest.
    pub fn error(&self) -> f64 {
        self.coefficients.iter().flatten().map(Coefficients::relative_error).fold(0.0, f64::max)
    }
}

/// `q`, in place, from input covariances to the network's NNGP (`ntk` false) or NTK, for input `i` of `x` against
/// inputs `j..j + q.len()` of `y`.
pub struct Row<'a, T> {
    pub path: SimdPath,
    pub plan: &'a Plan,
    pub x: &'a Inputs<T>,
    pub y: &'a Inputs<T>,
    pub ntk: bool,
}

impl<T: Real> Row<'_, T> {
    pub fn run(&self, i: usize, j: usize, row: &mut [T]) {
        for (c, q) in row.chunks_mut(CHUNK).enumerate() {
            let mut t = [T::ZERO; CHUNK];
            let t = &mut t[..q.len()];
            let at = (i, j + c * CHUNK);
            let mut saved: Vec<(Vec<T>, Vec<T>)> = vec![];
            for step in &self.plan.steps {
                match step {
                    Step::Save => saved.push((q.to_vec(), t.to_vec())),
                    Step::AddSaved => {
                        if let Some((oq, ot)) = saved.pop() {
                            q.iter_mut().zip(oq).for_each(|(a, b)| *a += b);
                            t.iter_mut().zip(ot).for_each(|(a, b)| *a += b);
                        }
                    }
                    step => self.step(step, at, q, t),
                }
            }
            if self.ntk {
                q.copy_from_slice(t);
            }
        }
    }

    fn step(&self, step: &Step, (i, j): (usize, usize), q: &mut [T], t: &mut [T]) {
        let own = |table: &[Vec<T>], slot: usize| table[slot][i];
        match step {
            Step::Affine(a) => {
                let (w, b) = (T::from_f64(a.weight), T::from_f64(a.bias));
                let from_q = T::from_f64(if a.train_weight { a.weight } else { 0.0 });
                let shift = T::from_f64(if a.train_bias { a.bias } else { 0.0 });
                T::dispatch(self.path, AffineRow { q, t, w, b, from_q, shift });
            }
            Step::Scale(c) => {
                let c = T::from_f64(*c);
                q.iter_mut().chain(t).for_each(|v| *v *= c);
            }
            Step::Activation(Dual::Closed(super::dual::Closed::Rectifier { p, q: mix }), slot) => {
                let end = j + q.len();
                let work = RectifierRow {
                    norms: &self.y.scale[*slot][j..end],
                    inverses: &self.y.inverse[*slot][j..end],
                    norm: own(&self.x.scale, *slot),
                    inverse: own(&self.x.inverse, *slot),
                    even: p * p,
                    odd: mix * mix * std::f64::consts::FRAC_2_PI,
                    q,
                    t,
                };
                T::dispatch(self.path, work);
            }
            Step::Activation(Dual::Closed(super::dual::Closed::Erf), slot) => {
                let scales = &self.y.scale[*slot][j..j + q.len()];
                T::dispatch(self.path, ErfRow { scales, scale: own(&self.x.scale, *slot), q, t });
            }
            Step::Activation(Dual::Closed(f), slot) => {
                let a = self.x.variance[*slot][i];
                for (k, (q, t)) in q.iter_mut().zip(t).enumerate() {
                    let (value, slope) = dual(*f, a, self.y.variance[*slot][j + k], q.to_f64());
                    *q = T::from_f64(value);
                    *t *= T::from_f64(slope);
                }
            }
            Step::Activation(Dual::Series(_), slot) => {
                let a = &self.x.coefficients[*slot][i];
                for (k, (q, t)) in q.iter_mut().zip(t).enumerate() {
                    let (value, slope, _) = series(a, &self.y.coefficients[*slot][j + k], q.to_f64());
                    *q = T::from_f64(value);
                    *t *= T::from_f64(slope);
                }
            }
            Step::Flatten | Step::Convolution(..) | Step::AveragePool(_) | Step::Save | Step::AddSaved => {}
        }
    }
}

/// Calls `$body` with vectors of each array at the same place, the last one padded with zeros.
macro_rules! over {
    ($self:ident, |$q:ident, $t:ident, $($v:ident = $e:ident),*| $body:block) => {{
        let lanes = T::LANES;
        for at in (0..$self.q.len()).step_by(lanes) {
            let end = (at + lanes).min($self.q.len());
            let ($q, $t) = (V::load_part(&$self.q[at..end]), V::load_part(&$self.t[at..end]));
            $(let $v = V::load_part(&$self.$e[at..end]);)*
            let (value, tangent) = $body;
            value.store_part(&mut $self.q[at..end]);
            tangent.store_part(&mut $self.t[at..end]);
        }
    }};
}

struct AffineRow<'a, T> {
    q: &'a mut [T],
    t: &'a mut [T],
    w: T,
    b: T,
    from_q: T,
    shift: T,
}

impl<T: Real> Kernel<T> for AffineRow<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let (w, b, from_q, shift) = (V::splat(self.w), V::splat(self.b), V::splat(self.from_q), V::splat(self.shift));
        for at in (0..self.q.len()).step_by(T::LANES) {
            let end = (at + T::LANES).min(self.q.len());
            let (q, t) = (V::load_part(&self.q[at..end]), V::load_part(&self.t[at..end]));
            w.mul_add(t, from_q.mul_add(q, shift)).store_part(&mut self.t[at..end]);
            w.mul_add(q, b).store_part(&mut self.q[at..end]);
        }
    }
}

struct RectifierRow<'a, T> {
    norms: &'a [T],
    inverses: &'a [T],
    norm: T,
    inverse: T,
    even: f64,
    odd: f64,
    q: &'a mut [T],
    t: &'a mut [T],
}

impl<T: Real> Kernel<T> for RectifierRow<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let (norm, inverse) = (V::splat(self.norm), V::splat(self.inverse));
        let (even, odd) = (V::of(self.even), V::of(self.odd));
        let (one, two, equal) = (V::of(1.0), V::of(2.0), V::of(4.0 * T::epsilon()));
        over!(self, |q, t, norms = norms, inverses = inverses| {
            let r = q * (inverse * inverses);
            // 1 - |r|, exactly 0 within rounding of it (see `dual::correlation`).
            let gap = (one - r.abs()).max(V::zero());
            let gap = V::select(gap.less(equal), V::zero(), gap);
            let r = (one - gap).copy_sign(r);
            let root = (gap * (two - gap)).sqrt();
            let angle = arc_sine::<T, V>(r, gap);
            let size = norm * norms;
            let value = size * even.mul_add(r, odd * r.mul_add(angle, root));
            // A zero input has no slope: ReLU'(0) = 0.
            let slope = V::select(V::zero().less(size), odd.mul_add(angle, even), V::zero());
            (value, t * slope)
        });
    }
}

struct ErfRow<'a, T> {
    scales: &'a [T],
    scale: T,
    q: &'a mut [T],
    t: &'a mut [T],
}

impl<T: Real> Kernel<T> for ErfRow<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        let scale = V::splat(self.scale);
        let (one, two, factor) = (V::of(1.0), V::of(2.0), V::of(std::f64::consts::FRAC_2_PI));
        let tiny = V::of(T::epsilon() * T::epsilon());
        over!(self, |q, t, scales = scales| {
            let size = scale * scales;
            let r = two * q * size;
            let gap = (one - r.abs()).max(V::zero());
            let value = factor * arc_sine::<T, V>(r, gap);
            let slope = two * factor * size / (gap * (two - gap)).max(tiny).sqrt();
            (value, t * slope)
        });
    }
}

/// asin r, with `gap` = 1 - |r| given: the rational approximation of fdlibm's `e_asin.c` (f32: `e_asinf.c`) on
/// [0, 1/2], and pi/2 - 2 asin(sqrt(gap / 2)) above.
#[inline(always)]
fn arc_sine<T: Real, V: Lanes<Elem = T>>(r: V, gap: V) -> V {
    let size = r.abs();
    let big = V::of(0.5).less(size);
    let half = V::of(0.5) * gap;
    let z = V::select(big, half, size * size);
    let s = V::select(big, half.sqrt(), size);
    let (p, q) = if size_of::<T>() == 4 {
        (
            horner::<T, V, 3>(z, [0.16666586697, -0.042743422091, -0.008656363003]),
            horner::<T, V, 2>(z, [1.0, -0.70662963390]),
        )
    } else {
        (
            horner::<T, V, 6>(
                z,
                [
                    1.666_666_666_666_666_6e-1,
                    -3.255_658_186_224_009e-1,
                    2.012_125_321_348_629_3e-1,
                    -4.005_553_450_067_941e-2,
                    7.915_349_942_898_145e-4,
                    3.479_331_075_960_212e-5,
                ],
            ),
            horner::<T, V, 5>(
                z,
                [
                    1.0,
                    -2.403_394_911_734_414,
                    2.020_945_760_233_505_7,
                    -6.882_839_716_054_533e-1,
                    7.703_815_055_590_194e-2,
                ],
            ),
        )
    };
    let angle = (s * z * p / q) + s;
    V::select(big, V::of(std::f64::consts::FRAC_PI_2) - V::of(2.0) * angle, angle).copy_sign(r)
}

#[inline(always)]
fn horner<T: Real, V: Lanes<Elem = T>, const N: usize>(z: V, c: [f64; N]) -> V {
    let mut sum = V::of(c[N - 1]);
    for k in (0..N - 1).rev() {
        sum = sum.mul_add(z, V::of(c[k]));
    }
    sum
}
