use super::*;
use base::{Code, Random, Stream};

/// Central differences of the loss against the gradient, in f64.
fn gradient_is_right(loss: RowLoss, target: Target<f64>, width: usize, values: &[f64]) {
    let lead = width + 2;
    let rows = values.len() / width;
    let mut padded = vec![7.5; rows * lead];
    for (row, values) in values.chunks(width).enumerate() {
        padded[row * lead..][..width].copy_from_slice(values);
    }
    let at = |values: &[f64], gradient: Option<&mut [f64]>| {
        loss.evaluate(Rows { values, width, lead }, target, rows + 3, gradient)
    };
    let mut gradient = vec![-1.0; padded.len()];
    at(&padded, Some(&mut gradient));
    for place in 0..padded.len() {
        if place % lead >= width {
            assert_eq!(gradient[place], -1.0, "the padding is left alone");
            continue;
        }
        let h = 1e-5;
        let mut moved = padded.clone();
        moved[place] += h;
        let up = at(&moved, None);
        moved[place] -= 2.0 * h;
        let down = at(&moved, None);
        let slope = (up - down) / (2.0 * h);
        assert!((slope - gradient[place]).abs() < 1e-9, "{loss:?} {place}: {slope} {}", gradient[place]);
    }
}

#[test]
fn gradients_agree_with_finite_differences() {
    let mut random = Random::new(1, Stream::Data(0));
    let values = random.normals(12);
    let targets = random.normals(12);
    let weights: Vec<f64> = (0..12).map(|_| random.uniform()).collect();
    for loss in [RowLoss::Mse, RowLoss::Mae, RowLoss::Huber { delta: 0.7 }] {
        gradient_is_right(loss, Target::Values(&targets), 3, &values);
    }
    gradient_is_right(RowLoss::WeightedMse, Target::Weighted(&targets, &weights), 3, &values);
    gradient_is_right(RowLoss::WeightedMse, Target::Weighted(&targets, &weights[..4]), 3, &values);
    gradient_is_right(RowLoss::CrossEntropy, Target::Classes(&[2, 0, 1, 2]), 3, &values);
    let probabilities = [0.2, 0.3, 0.5, 1.0, 0.0, 0.0, 0.25, 0.25, 0.5, 0.1, 0.6, 0.3];
    gradient_is_right(RowLoss::CrossEntropy, Target::Values(&probabilities), 3, &values);
}

#[test]
fn values_by_hand() {
    let evaluate = |loss: RowLoss, values: &[f64], target: Target<f64>, width: usize| {
        let rows = Rows { values, width, lead: width };
        loss.evaluate(rows, target, values.len() / width, None)
    };
    // Errors 0.5 and -3.
    let (h, y) = ([1.5, -2.0], Target::Values(&[1.0, 1.0][..]));
    assert_eq!(evaluate(RowLoss::Mse, &h, y, 1), (0.25 + 9.0) / 2.0);
    assert_eq!(evaluate(RowLoss::Mse, &h, y, 2), (0.25 + 9.0) / 2.0);
    assert_eq!(evaluate(RowLoss::Mae, &h, y, 1), 1.75);
    assert_eq!(evaluate(RowLoss::Huber { delta: 1.0 }, &h, y, 1), (0.125 + 2.5) / 2.0);
    assert_eq!(evaluate(RowLoss::WeightedMse, &h, Target::Weighted(&[1.0, 1.0], &[4.0, 0.5]), 1), (1.0 + 4.5) / 2.0);
    // Equal logits: ln 4; logits far apart: their distance.
    assert!((evaluate(RowLoss::CrossEntropy, &[3.0; 4], Target::Classes(&[1]), 4) - 4f64.ln()).abs() < 1e-15);
    assert_eq!(evaluate(RowLoss::CrossEntropy, &[1000.0, 0.0], Target::Classes(&[1]), 2), 1000.0);
    assert!(evaluate(RowLoss::CrossEntropy, &[f64::NAN, 0.0], Target::Classes(&[1]), 2).is_nan());
}

#[test]
fn a_sum_over_chunks_is_the_whole() {
    let mut random = Random::new(2, Stream::Data(0));
    let (values, targets) = (random.normals(20), random.normals(20));
    let mut gradient = vec![0.0; 20];
    let rows = |values| Rows { values, width: 2, lead: 2 };
    let whole = RowLoss::Mse.evaluate(rows(&values), Target::Values(&targets), 10, Some(&mut gradient));
    let (mut first, mut second) = (vec![0.0; 12], vec![0.0; 8]);
    let parts = RowLoss::Mse.evaluate(rows(&values[..12]), Target::Values(&targets[..12]), 10, Some(&mut first))
        + RowLoss::Mse.evaluate(rows(&values[12..]), Target::Values(&targets[12..]), 10, Some(&mut second));
    assert!((whole - parts).abs() < 1e-15);
    assert_eq!(gradient, [first, second].concat());
}

#[test]
fn targets_are_checked() {
    let new = |loss: RowLoss, y: &[f64], shape: &[usize]| {
        TargetData::<f32>::new(&loss, 2, &[3], (y, shape), None).map(|_| ())
    };
    assert!(new(RowLoss::Mse, &[0.0; 6], &[2, 3]).is_ok());
    assert!(new(RowLoss::CrossEntropy, &[0.0, 2.0], &[2]).is_ok());
    let shape = new(RowLoss::Mse, &[0.0; 4], &[2, 2]).unwrap_err();
    assert_eq!((shape.code, shape.message.as_str()), (Code::InvalidShape, "y: expected shape [2, 3], got [2, 2]"));
    let classes = new(RowLoss::CrossEntropy, &[0.0; 3], &[3]).unwrap_err();
    assert_eq!(classes.message, "y: expected shape [2, 3] or classes [2], got [3]");
    for wrong in [3.0, -1.0, 0.5] {
        let error = new(RowLoss::CrossEntropy, &[0.0, wrong], &[2]).unwrap_err();
        assert_eq!(error.message, format!("y: expected class indices from 0 to 2, got {wrong}"));
    }
    assert_eq!(new(RowLoss::Mse, &[0.0, 0.0, 0.0, f64::NAN, 0.0, 0.0], &[2, 3]).unwrap_err().code, Code::NonFinite);
    let sum = new(RowLoss::CrossEntropy, &[0.5, 0.5, 0.0, 0.5, 0.5, 0.5], &[2, 3]).unwrap_err();
    assert!(sum.message.contains("row 1 with sum 1.5"));
    let weighted = |weights: &[f64], shape: &[usize]| {
        TargetData::<f32>::new(&RowLoss::WeightedMse, 2, &[3], (&[0.0; 6], &[2, 3]), Some((weights, shape))).map(|_| ())
    };
    assert!(weighted(&[1.0, 2.0], &[2]).is_ok());
    assert_eq!(weighted(&[1.0; 3], &[3]).unwrap_err().code, Code::InvalidShape);
    assert_eq!(weighted(&[1.0, -2.0], &[2]).unwrap_err().code, Code::InvalidArgument);
}
