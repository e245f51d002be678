//! What flows from layer to layer: values, and with them their derivatives by the network's input.
//!
//! For `y = f(z)` entrywise, `y_j = f' z_j` and `L_y = f' L_z + f'' sum_j w_j z_j^2`, where j counts the inputs and L is
//! the sum of second derivatives with the weights w (all 1: the Laplacian). Linear maps act on every part alike.

use candle_core::{D, DType, Device, Result, Tensor};
use nets::engine::Jets;

#[derive(Debug, Clone)]
pub struct Signal {
    /// `[replicas, samples, ...shape of one]`.
    pub value: Tensor,
    pub jet: Option<Jet>,
}

/// The derivatives of values of shape `[replicas, samples, features]`.
#[derive(Debug, Clone)]
pub struct Jet {
    /// `[replicas, inputs, samples, features]`.
    pub first: Tensor,
    pub second: Option<Second>,
}

/// A weighted sum of second derivatives, `sum [replicas, samples, features]`, `weights [inputs, 1, 1]`.
#[derive(Debug, Clone)]
pub struct Second {
    pub sum: Tensor,
    pub weights: Tensor,
}

/// f' and f'' at the values.
pub struct Slopes {
    pub first: Tensor,
    pub second: Tensor,
}

impl Signal {
    /// The network's input; with `jets`, its derivatives by itself: unit vectors, and zero.
    pub fn input(value: Tensor, jets: Option<&Jets>) -> Result<Self> {
        let Some(jets) = jets else { return Ok(Signal { value, jet: None }) };
        let (replicas, samples, inputs) = value.dims3()?;
        let (dtype, device) = (value.dtype(), value.device());
        let unit = Tensor::eye(inputs, dtype, device)?.reshape((1, inputs, 1, inputs))?;
        let first = unit.broadcast_as((replicas, inputs, samples, inputs))?.contiguous()?;
        let second = match &jets.second {
            None => None,
            Some(weights) => {
                let weights = constant(weights, dtype, device)?.reshape((inputs, 1, 1))?;
                Some(Second { sum: value.zeros_like()?, weights })
            }
        };
        Ok(Signal { value, jet: Some(Jet { first, second }) })
    }

    /// A linear map of the last axis, the same for every part.
    pub fn linear(&self, map: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Signal> {
        let jet = match &self.jet {
            None => None,
            Some(Jet { first, second }) => Some(Jet {
                first: map(first)?,
                second: second.as_ref().map(|second| second.with(map(&second.sum)?)).transpose()?,
            }),
        };
        Ok(Signal { value: map(&self.value)?, jet })
    }

    /// Something constant added to the values.
    pub fn shifted(self, shift: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Signal> {
        Ok(Signal { value: shift(&self.value)?, jet: self.jet })
    }

    /// An entrywise function with the values `value`; `slopes` is asked only where derivatives are carried.
    pub fn entrywise(&self, value: Tensor, slopes: impl FnOnce() -> Result<Slopes>) -> Result<Signal> {
        let Some(Jet { first, second }) = &self.jet else { return Ok(Signal { value, jet: None }) };
        let slopes = slopes()?;
        let second = match second {
            None => None,
            Some(second) => {
                let squares = first.sqr()?.broadcast_mul(&second.weights)?.sum(1)?;
                Some(second.with(((&slopes.first * &second.sum)? + (&slopes.second * squares)?)?)?)
            }
        };
        let first = first.broadcast_mul(&slopes.first.unsqueeze(1)?)?;
        Ok(Signal { value, jet: Some(Jet { first, second }) })
    }

    /// The product with `other`, whose last axis may be 1.
    pub fn times(&self, other: &Signal) -> Result<Signal> {
        let value = self.value.broadcast_mul(&other.value)?;
        let (Some(a), Some(b)) = (&self.jet, &other.jet) else { return Ok(Signal { value, jet: None }) };
        let (x, y) = (self.value.unsqueeze(1)?, other.value.unsqueeze(1)?);
        let first = (a.first.broadcast_mul(&y)? + x.broadcast_mul(&b.first)?)?;
        let second = match (&a.second, &b.second) {
            (Some(l), Some(r)) => {
                let mixed = a.first.broadcast_mul(&b.first)?.broadcast_mul(&l.weights)?.sum(1)?;
                let outer = (l.sum.broadcast_mul(&other.value)? + self.value.broadcast_mul(&r.sum)?)?;
                Some(l.with((outer + (mixed * 2.0)?)?)?)
            }
            _ => None,
        };
        Ok(Signal { value, jet: Some(Jet { first, second }) })
    }

    /// Signals joined part by part: summed, or put beside each other along an axis.
    pub fn joined(signals: &[Signal], join: impl Fn(&[&Tensor]) -> Result<Tensor>) -> Result<Signal> {
        let value = join(&signals.iter().map(|signal| &signal.value).collect::<Vec<_>>())?;
        let jets: Option<Vec<&Jet>> = signals.iter().map(|signal| signal.jet.as_ref()).collect();
        let jet = match jets {
            None => None,
            Some(jets) => {
                let first = join(&jets.iter().map(|jet| &jet.first).collect::<Vec<_>>())?;
                let seconds: Option<Vec<&Second>> = jets.iter().map(|jet| jet.second.as_ref()).collect();
                let second = match seconds {
                    None => None,
                    Some(seconds) => {
                        let sums: Vec<&Tensor> = seconds.iter().map(|second| &second.sum).collect();
                        Some(seconds[0].with(join(&sums)?)?)
                    }
                };
                Some(Jet { first, second })
            }
        };
        Ok(Signal { value, jet })
    }
}

impl Second {
    fn with(&self, sum: Tensor) -> Result<Second> {
        Ok(Second { sum, weights: self.weights.clone() })
    }
}

/// `[replicas, ..., in]` times `[replicas, in, out]`.
pub fn product(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let mut dims = x.dims().to_vec();
    let last = dims.len() - 1;
    let y = x.reshape((dims[0], (), dims[last]))?.matmul(weight)?;
    dims[last] = weight.dim(D::Minus1)?;
    y.reshape(dims)
}

/// `[replicas, features]` as it stands beside tensors of rank `rank`, whose axis 0 and last axis these are.
pub fn beside(x: &Tensor, rank: usize) -> Result<Tensor> {
    let mut dims = vec![1; rank];
    (dims[0], dims[rank - 1]) = x.dims2()?;
    x.reshape(dims)
}

/// Numbers as a tensor of one axis.
pub fn constant(values: &[f64], dtype: DType, device: &Device) -> Result<Tensor> {
    Tensor::new(values, device)?.to_dtype(dtype)
}
