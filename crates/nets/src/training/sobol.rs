//! Sobol's sequence (Sobol 1967) in up to ten dimensions, with the direction numbers of Joe and Kuo (2008, new-joe-kuo-6).
//!
//! Coordinate j of point i is the exclusive or of the direction numbers of j whose bits are set in i, as a binary fraction. Any
//! 2^k points from a multiple of 2^k on have one point in each of 2^k equal parts of every axis.

/// Degree of the primitive polynomial, its inner coefficients as bits, first direction numbers; of dimension 2 on.
const TABLE: [(u32, u32, &[u32]); 9] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
];
pub const MOST_DIMENSIONS: usize = TABLE.len() + 1;
const BITS: usize = 32;

pub struct Sobol(Vec<[u32; BITS]>);

impl Sobol {
    /// In `dimensions` dimensions, [`MOST_DIMENSIONS`] at most.
    pub fn new(dimensions: usize) -> Self {
        let direct = |j: usize| -> [u32; BITS] {
            let Some(&(degree, coefficients, first)) = j.checked_sub(1).and_then(|j| TABLE.get(j)) else {
                return std::array::from_fn(|i| 1 << (31 - i));
            };
            let degree = degree as usize;
            let mut v = [0u32; BITS];
            for i in 0..BITS {
                if i < degree {
                    v[i] = first[i] << (31 - i);
                    continue;
                }
                v[i] = v[i - degree] ^ (v[i - degree] >> degree);
                for k in 1..degree {
                    if coefficients >> (degree - 1 - k) & 1 == 1 {
                        v[i] ^= v[i - k];
                    }
                }
            }
            v
        };
        Sobol((0..dimensions).map(direct).collect())
    }

    /// Point `index`, each coordinate from 0 to below 1.
    pub fn point(&self, index: u32) -> impl Iterator<Item = f64> {
        self.0.iter().map(move |directions| {
            let set = directions.iter().enumerate().filter(|(i, _)| index >> i & 1 == 1);
            f64::from(set.fold(0u32, |all, (_, direction)| all ^ direction)) / 2f64.powi(32)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_points_are_the_published_ones() {
        // In order of the index and not of Gray's code: those of Joe and Kuo's program, sorted by i ^ (i >> 1).
        let points: Vec<Vec<f64>> = (0..4).map(|i| Sobol::new(3).point(i).collect()).collect();
        assert_eq!(points, [[0.0; 3], [0.5, 0.5, 0.5], [0.25, 0.75, 0.75], [0.75, 0.25, 0.25]]);
    }

    #[test]
    fn every_block_has_one_point_in_each_part_of_every_axis_and_of_every_square() {
        let sequence = Sobol::new(MOST_DIMENSIONS);
        for block in 0..3u32 {
            let points: Vec<Vec<f64>> = (block * 64..(block + 1) * 64).map(|i| sequence.point(i).collect()).collect();
            for j in 0..MOST_DIMENSIONS {
                let mut parts: Vec<usize> = points.iter().map(|point| (point[j] * 64.0) as usize).collect();
                parts.sort_unstable();
                assert_eq!(parts, (0..64).collect::<Vec<_>>(), "dimension {j}");
            }
            // The first two dimensions are a (0, m, 2)-net.
            let mut squares: Vec<usize> =
                points.iter().map(|point| (point[0] * 8.0) as usize * 8 + (point[1] * 8.0) as usize).collect();
            squares.sort_unstable();
            assert_eq!(squares, (0..64).collect::<Vec<_>>());
        }
    }
}
