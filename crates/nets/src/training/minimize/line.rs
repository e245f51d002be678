//! The minimum of a function of one number without derivatives: a bracket by golden expansion, then Brent's method
//! (Brent 1973, chapter 5): parabolas, golden sections where they do not help.

const GOLDEN: f64 = 1.618_033_988_749_895;
/// No line takes more evaluations than this, in the bracket and in Brent's method each.
const MOST: usize = 60;

/// `(t, f(t))` at a minimum near 0, within `tolerance` relative to t; `zero` is f(0), `first` the first step tried.
/// Never above f(0).
pub fn minimum(f: &mut dyn FnMut(f64) -> f64, zero: f64, first: f64, tolerance: f64) -> (f64, f64) {
    let mut f = |t: f64| {
        let value = f(t);
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let (mut a, mut b) = ((0.0, zero), (first, f(first)));
    if b.1 > a.1 {
        std::mem::swap(&mut a, &mut b);
    }
    // From a down to b, and on until it rises: the minimum lies between a and c.
    let mut c = (b.0 + GOLDEN * (b.0 - a.0), 0.0);
    c.1 = f(c.0);
    for _ in 0..MOST {
        if c.1 >= b.1 {
            break;
        }
        let next = c.0 + GOLDEN * (c.0 - b.0);
        (a, b, c) = (b, c, (next, f(next)));
    }
    brent(&mut f, (a.0.min(c.0), a.0.max(c.0)), b, tolerance)
}

fn brent(
    f: &mut dyn FnMut(f64) -> f64,
    (mut low, mut high): (f64, f64),
    best: (f64, f64),
    tolerance: f64,
) -> (f64, f64) {
    let (mut x, mut w, mut v) = (best, best, best);
    let (mut step, mut before) = (0.0f64, 0.0f64);
    for _ in 0..MOST {
        let middle = 0.5 * (low + high);
        let near = tolerance * x.0.abs() + 1e-11;
        if (x.0 - middle).abs() <= 2.0 * near - 0.5 * (high - low) {
            break;
        }
        // The vertex of the parabola through the best three, where it lies inside and steps shrink.
        let (r, q) = ((x.0 - w.0) * (x.1 - v.1), (x.0 - v.0) * (x.1 - w.1));
        let (up, down) = ((x.0 - v.0) * q - (x.0 - w.0) * r, 2.0 * (q - r));
        let (p, q) = if down > 0.0 { (-up, down) } else { (up, -down) };
        let useful = p.abs() < (0.5 * q * before).abs() && p > q * (low - x.0) && p < q * (high - x.0);
        if useful {
            before = step;
            step = p / q;
            let t = x.0 + step;
            if t - low < 2.0 * near || high - t < 2.0 * near {
                step = near.copysign(middle - x.0);
            }
        } else {
            before = if x.0 < middle { high - x.0 } else { low - x.0 };
            step = (2.0 - GOLDEN) * before;
        }
        let t = if step.abs() >= near { x.0 + step } else { x.0 + near.copysign(step) };
        let new = (t, f(t));
        if new.1 <= x.1 {
            if t < x.0 {
                high = x.0
            } else {
                low = x.0
            }
            (v, w, x) = (w, x, new);
        } else {
            if t < x.0 {
                low = t
            } else {
                high = t
            }
            if new.1 <= w.1 || w.0 == x.0 {
                (v, w) = (w, new);
            } else if new.1 <= v.1 || v.0 == x.0 || v.0 == w.0 {
                v = new;
            }
        }
    }
    x
}
