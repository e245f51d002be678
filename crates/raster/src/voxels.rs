//! The inside of a closed triangle mesh on a cubic grid.
//!
//! A point is inside when a ray from it crosses the surface an odd number of times. Scanned meshes have holes, through
//! which a ray along one axis is wrong; so each point asks along x, y and z, and the majority decides.

use base::{Error, Result};

/// Occupancy `[n, n, n]` (z, y, x; x fastest) of the mesh with corners `positions [v, 3]` and triangles `cells [t, 3]`:
/// 1 inside, 0 outside, at the centres of the cubes. The mesh is centred, its longest side 90 % of the grid's.
///
/// Errors: no triangle, an index without a vertex, a position that is not finite, a mesh without extent, n out of 1..=512.
pub fn voxels(positions: &[[f64; 3]], cells: &[[usize; 3]], n: usize) -> Result<Vec<f32>> {
    if !(1..=512).contains(&n) {
        return Err(Error::argument(format!("side: expected 1 to 512 cubes, got {n}")));
    }
    if cells.is_empty() || cells.iter().flatten().any(|&i| i >= positions.len()) {
        return Err(Error::argument("cells: expected triangles of existing vertices".to_owned()));
    }
    if positions.iter().flatten().any(|v| !v.is_finite()) {
        return Err(Error::argument("positions: expected finite numbers".to_owned()));
    }
    let bound = |axis: usize, pick: fn(f64, f64) -> f64| positions.iter().map(|p| p[axis]).reduce(pick).unwrap_or(0.0);
    let low: [f64; 3] = std::array::from_fn(|axis| bound(axis, f64::min));
    let high: [f64; 3] = std::array::from_fn(|axis| bound(axis, f64::max));
    let side = (0..3).map(|a| high[a] - low[a]).fold(0.0, f64::max) / 0.9;
    if side <= 0.0 {
        return Err(Error::argument("positions: expected a mesh with an extent".to_owned()));
    }
    // In units of cubes.
    let scaled: Vec<[f64; 3]> = positions
        .iter()
        .map(|p| std::array::from_fn(|a| ((p[a] - (low[a] + high[a]) / 2.0) / side + 0.5) * n as f64))
        .collect();
    let mut votes = base::memory::filled("side", n * n * n, 0u8)?;
    for axis in 0..3 {
        vote(&scaled, cells, n, axis, &mut votes);
    }
    Ok(votes.into_iter().map(|v| f32::from(u8::from(v >= 2))).collect())
}

/// Adds a vote to every cube whose centre is inside for rays along `axis`.
fn vote(points: &[[f64; 3]], cells: &[[usize; 3]], n: usize, axis: usize, votes: &mut [u8]) {
    let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
    let stride = [1, n, n * n];
    // Where each ray crosses the surface.
    let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); n * n];
    for cell in cells {
        let [a, b, c] = cell.map(|i| points[i]);
        let area = (b[u] - a[u]) * (c[v] - a[v]) - (c[u] - a[u]) * (b[v] - a[v]);
        if area == 0.0 {
            continue;
        }
        let range = |k: usize| {
            let (least, most) = (a[k].min(b[k]).min(c[k]), a[k].max(b[k]).max(c[k]));
            (least - 0.5).ceil().max(0.0) as usize..=((most - 0.5).floor().max(-1.0) + 1.0) as usize
        };
        for j in range(v).filter(|&j| j < n) {
            for i in range(u).filter(|&i| i < n) {
                // Off the centres by little, so that a ray never meets an edge that two triangles share.
                let (x, y) = (i as f64 + 0.5 + 1.3e-7, j as f64 + 0.5 + 2.9e-7);
                let s = ((x - a[u]) * (c[v] - a[v]) - (c[u] - a[u]) * (y - a[v])) / area;
                let t = ((b[u] - a[u]) * (y - a[v]) - (x - a[u]) * (b[v] - a[v])) / area;
                if s >= 0.0 && t >= 0.0 && s + t <= 1.0 {
                    crossings[j * n + i].push(a[axis] + s * (b[axis] - a[axis]) + t * (c[axis] - a[axis]));
                }
            }
        }
    }
    for (line, at) in crossings.iter_mut().enumerate() {
        at.sort_by(f64::total_cmp);
        let start = (line % n) * stride[u] + (line / n) * stride[v];
        for k in 0..n {
            let below = at.partition_point(|&z| z < k as f64 + 0.5);
            votes[start + k * stride[axis]] += (below % 2) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tetrahedron with the corners of a cube of side 1: volume 1/3.
    fn tetrahedron() -> (Vec<[f64; 3]>, Vec<[usize; 3]>) {
        (
            vec![[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0]],
            vec![[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]],
        )
    }

    #[test]
    fn volume_of_a_tetrahedron() {
        let (points, cells) = tetrahedron();
        let n = 80;
        let inside = voxels(&points, &cells, n).unwrap();
        let share = inside.iter().sum::<f32>() as f64 / (n * n * n) as f64;
        // Its cube fills 0.9 of the grid's side.
        assert!((share - 0.9f64.powi(3) / 3.0).abs() < 2e-3, "{share}");
    }

    #[test]
    fn a_hole_on_one_side_does_not_leak() {
        let (points, mut cells) = tetrahedron();
        // Each face halved, one half left out: a sixth of the surface is missing.
        let whole = voxels(&points, &cells, 40).unwrap();
        let mut corners = points.clone();
        corners.push([0.5, 0.5, 0.0]);
        cells[0] = [0, 4, 2];
        let holed = voxels(&corners, &cells, 40).unwrap();
        let wrong = whole.iter().zip(&holed).filter(|(a, b)| a != b).count() as f64;
        assert!(wrong / (whole.iter().sum::<f32>() as f64) < 0.35, "{wrong}");
    }

    #[test]
    fn refuses_what_is_no_mesh() {
        let (points, cells) = tetrahedron();
        assert!(voxels(&points, &[], 4).is_err() && voxels(&points, &[[0, 1, 9]], 4).is_err());
        assert!(voxels(&points, &cells, 0).is_err() && voxels(&[[f64::NAN; 3]], &[[0, 0, 0]], 4).is_err());
        assert!(voxels(&[[1.0; 3]], &[[0, 0, 0]], 4).is_err());
    }
}
