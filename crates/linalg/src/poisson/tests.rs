use super::*;
use base::Control;
use std::f64::consts::PI;

fn grid(intervals: usize, axes: usize) -> Grid {
    Grid::new(intervals, axes, 1.5).unwrap()
}

/// Sine mode `k` (one number an axis) on the inner points.
fn mode(grid: &Grid, k: &[usize]) -> Vec<f64> {
    let (n, side) = (grid.intervals as f64, grid.side());
    let wave = |k: usize, i: usize| (k as f64 * PI * (i + 1) as f64 / n).sin();
    match *k {
        [k] => (0..side).map(|i| wave(k, i)).collect(),
        [k, l] => (0..side * side).map(|i| wave(k, i / side) * wave(l, i % side)).collect(),
        _ => unreachable!(),
    }
}

fn noise(count: usize, seed: u64) -> Vec<f64> {
    base::Random::new(seed, base::Stream::Data(0)).normals(count)
}

fn run(grid: &Grid, g: &[f64], initial: &[f64], method: Method, sweeps: usize) -> Vec<f64> {
    let stop = Stop { sweeps, ..Stop::default() };
    relax(grid, g, Some(initial), method, &stop, &Control::none()).unwrap().solution
}

#[test]
fn modes_are_recovered_and_solved_with_the_eigenvalue_of_the_difference_operator() {
    for (grid, k) in [(grid(9, 1), vec![4]), (grid(8, 2), vec![3, 5])] {
        let wave = mode(&grid, &k);
        let found = sine_modes(&grid, &wave).unwrap();
        let at = k.iter().fold(0, |at, k| at * grid.side() + k - 1);
        for (i, c) in found.iter().enumerate() {
            assert!((c - f64::from(u8::from(i == at))).abs() < 1e-13, "mode {i}: {c}");
        }
        // Second differences of a sine: 4 sin^2(k pi / 2n) / h^2 an axis.
        let n = grid.intervals as f64;
        let lambda: f64 =
            k.iter().map(|&k| (2.0 / grid.spacing()).powi(2) * (k as f64 * PI / (2.0 * n)).sin().powi(2)).sum();
        for (u, w) in solve(&grid, &wave).unwrap().iter().zip(&wave) {
            assert!((u * lambda - w).abs() < 1e-12);
        }
    }
}

#[test]
fn a_jacobi_sweep_multiplies_every_mode_by_its_factor() {
    for (grid, k) in [(grid(12, 1), vec![1]), (grid(12, 1), vec![11]), (grid(7, 2), vec![2, 6])] {
        for weight in [1.0, 2.0 / 3.0] {
            let g = noise(grid.points(), 3);
            let exact = solve(&grid, &g).unwrap();
            let wave = mode(&grid, &k);
            let start: Vec<f64> = exact.iter().zip(&wave).map(|(u, w)| u + w).collect();
            let end = run(&grid, &g, &start, Method::Jacobi { weight }, 5);
            let factor = jacobi_factor(&grid, &k, weight).powi(5);
            for ((u, e), w) in end.iter().zip(&exact).zip(&wave) {
                assert!((u - e - factor * w).abs() < 1e-13);
            }
        }
    }
    assert!((jacobi_factor(&grid(12, 1), &[3], 1.0) - (PI / 4.0).cos()).abs() < 1e-15);
}

#[test]
fn gauss_seidel_contracts_by_the_square_of_jacobis_radius() {
    for axes in [1, 2] {
        let grid = grid(10, axes);
        let (start, zero) = (noise(grid.points(), 5), vec![0.0; grid.points()]);
        let size = |u: &[f64]| u.iter().map(|v| v * v).sum::<f64>().sqrt();
        // With g = 0 the iterate is the error; after 120 sweeps the slowest mode is left (the next falls by 0.86 to it).
        let (a, b) = (120, 121);
        let method = Method::GaussSeidel;
        let factor = size(&run(&grid, &zero, &start, method, b)) / size(&run(&grid, &zero, &start, method, a));
        assert!((factor - (PI / 10.0).cos().powi(2)).abs() < 1e-6, "{axes} axes: {factor}");
    }
}

#[test]
fn a_multigrid_cycle_contracts_alike_on_every_grid() {
    for (n, axes) in [(8, 1), (64, 1), (512, 1), (24, 1), (8, 2), (32, 2), (96, 2)] {
        let grid = grid(n, axes);
        let g = noise(grid.points(), 7);
        let stop = Stop { sweeps: 30, tolerance: 1e-10, record: vec![0, 1, 2, 3, 4, 5] };
        let found = relax(&grid, &g, None, Method::Multigrid { smoothing: 2 }, &stop, &Control::none()).unwrap();
        // Local Fourier analysis of four sweeps with the smoothing factors 1/3 and 3/5: about 0.6^4 = 0.13 in 2D, less in 1D.
        assert!(found.converged && found.sweeps <= 14, "{n}^{axes}: {} cycles", found.sweeps);
        assert!(found.errors.windows(2).all(|e| e[1] < 0.2 * e[0]), "{n}^{axes}: {:?}", found.errors);
    }
}

#[test]
fn a_run_stops_at_the_first_sweep_within_the_tolerance_and_keeps_what_was_asked_for() {
    let grid = grid(16, 1);
    let g = mode(&grid, &[2]);
    let stop = Stop { sweeps: 10_000, tolerance: 1e-3, record: vec![0, 7, 9999] };
    let found = relax(&grid, &g, None, Method::Jacobi { weight: 1.0 }, &stop, &Control::none()).unwrap();
    // From zero, all of the error is in mode 2.
    let factor = (2.0 * PI / 16.0).cos();
    assert_eq!(found.sweeps, (1e-3f64.ln() / factor.ln()).ceil() as usize);
    assert_eq!(found.recorded, [0, 7]);
    assert!((found.errors[0] - 1.0).abs() < 1e-14 && (found.errors[1] - factor.powi(7)).abs() < 1e-13);
    assert_eq!(found.states.len(), 2 * grid.points());
}

#[test]
fn counted_sweeps_are_those_that_a_run_takes() {
    for (grid, weight) in [(grid(20, 1), 1.0), (grid(20, 1), 2.0 / 3.0), (grid(9, 2), 1.0)] {
        let g = noise(grid.points(), 11);
        let exact = solve(&grid, &g).unwrap();
        let size = exact.iter().map(|v| v * v).sum::<f64>().sqrt();
        let error: Vec<f64> = exact.iter().map(|v| -v).collect();
        let stop = Stop { sweeps: 100_000, tolerance: 1e-4, ..Stop::default() };
        let run = relax(&grid, &g, None, Method::Jacobi { weight }, &stop, &Control::none()).unwrap();
        assert_eq!(jacobi_sweeps(&grid, &error, weight, 1e-4 * size).unwrap(), Some(run.sweeps as u64));
        assert_eq!(jacobi_sweeps(&grid, &error, weight, 2.0 * size).unwrap(), Some(0));
    }
    assert!(jacobi_sweeps(&grid(4, 1), &[1.0; 3], 1.0, 0.0).unwrap_err().message.contains("level"));
}

#[test]
fn bad_input_is_refused_by_name() {
    assert!(Grid::new(1, 1, 1.0).unwrap_err().message.contains("intervals"));
    assert!(Grid::new(4, 3, 1.0).unwrap_err().message.contains("axes"));
    assert!(Grid::new(4, 1, -1.0).unwrap_err().message.contains("length"));
    let grid = grid(4, 1);
    assert!(solve(&grid, &[1.0]).unwrap_err().message.contains("3 inner points"));
    assert!(solve(&grid, &[1.0, f64::NAN, 0.0]).is_err());
    let wrong = |method| relax(&grid, &[0.0; 3], None, method, &Stop::default(), &Control::none()).unwrap_err().message;
    assert!(wrong(Method::Jacobi { weight: 1.5 }).contains("weight"));
    assert!(wrong(Method::Multigrid { smoothing: 0 }).contains("smoothing"));
    let aborted = Control::none();
    aborted.abort();
    let stop = Stop { sweeps: 1000, ..Stop::default() };
    assert!(relax(&grid, &[1.0; 3], None, Method::GaussSeidel, &stop, &aborted).is_err());
}
