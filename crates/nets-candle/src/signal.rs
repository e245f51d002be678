//! What flows from layer to layer: values, and with them their derivatives by the network's input.
//!
//! A jet has the parts that `nets::engine::Jets` lists, each shaped as the values. Linear maps act on every part alike; an
//! entrywise function takes them through the chain rule, a product through the product rule, as `Jets` writes them out.

use candle_core::{D, DType, Device, Result, Tensor};
use nets::engine::jets::Term;
use nets::engine::{Jets, Part};
use std::sync::Arc;

#[derive(Debug, Clone)]
pub struct Signal {
    /// `[replicas, samples, ...shape of one]`.
    pub value: Tensor,
    pub jet: Option<Jet>,
}

/// The derivatives of values of shape `[replicas, samples, features]`.
#[derive(Debug, Clone)]
pub struct Jet {
    /// One for each part of the jets, `[replicas, samples, features]`.
    pub parts: Vec<Tensor>,
    rules: Arc<Rules>,
}

/// How parts are made of parts.
#[derive(Debug)]
struct Rules {
    jets: Jets,
    chain: Vec<Vec<Term>>,
    product: Vec<(usize, usize, usize, f64)>,
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
        let unit = Tensor::eye(inputs, value.dtype(), value.device())?;
        let part = |part: &Part| match part {
            Part::Derivative(by) if by.len() == 1 => {
                unit.narrow(0, by[0], 1)?.unsqueeze(0)?.broadcast_as((replicas, samples, inputs))?.contiguous()
            }
            _ => value.zeros_like(),
        };
        let parts = jets.parts.iter().map(part).collect::<Result<Vec<_>>>()?;
        let rules = Arc::new(Rules { jets: jets.clone(), chain: jets.chain(), product: jets.product() });
        Ok(Signal { value, jet: Some(Jet { parts, rules }) })
    }

    /// A part of the signal: the values, then those of the jet.
    pub fn part(&self, place: usize) -> &Tensor {
        match (place.checked_sub(1), &self.jet) {
            (Some(place), Some(jet)) => &jet.parts[place],
            _ => &self.value,
        }
    }

    /// What is carried beside the values.
    pub fn jets(&self) -> Option<&Jets> {
        self.jet.as_ref().map(|jet| &jet.rules.jets)
    }

    /// The signal with these parts, the values first.
    pub fn of_parts(&self, mut parts: Vec<Tensor>) -> Signal {
        let jet = parts.split_off(1);
        Signal { value: parts.remove(0), jet: self.jet.as_ref().map(|own| own.with(jet)) }
    }

    /// A linear map of the last axis, the same for every part.
    pub fn linear(&self, map: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Signal> {
        let jet = match &self.jet {
            None => None,
            Some(jet) => Some(jet.with(jet.parts.iter().map(&map).collect::<Result<_>>()?)),
        };
        Ok(Signal { value: map(&self.value)?, jet })
    }

    /// Something constant added to the values.
    pub fn shifted(self, shift: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Signal> {
        Ok(Signal { value: shift(&self.value)?, jet: self.jet })
    }

    /// An entrywise function with the values `value`; `slopes` is asked only where derivatives are carried, which are of second
    /// order at most.
    pub fn entrywise(&self, value: Tensor, slopes: impl FnOnce() -> Result<Slopes>) -> Result<Signal> {
        let Some(jet) = &self.jet else { return Ok(Signal { value, jet: None }) };
        let slopes = slopes()?;
        let part = |terms: &Vec<Term>| {
            let mut sum: Option<Tensor> = None;
            for term in terms {
                let mut product = if term.order == 1 { slopes.first.clone() } else { slopes.second.clone() };
                for &of in &term.of {
                    product = (product * self.part(of))?;
                }
                if term.factor != 1.0 {
                    product = (product * term.factor)?;
                }
                sum = Some(match sum {
                    None => product,
                    Some(sum) => (sum + product)?,
                });
            }
            Ok(sum.expect("a part has a summand of its own"))
        };
        let parts = jet.rules.chain.iter().map(part).collect::<Result<Vec<_>>>()?;
        Ok(Signal { value, jet: Some(jet.with(parts)) })
    }

    /// The product with `other`, whose last axis may be 1.
    pub fn times(&self, other: &Signal) -> Result<Signal> {
        let value = self.value.broadcast_mul(&other.value)?;
        let (Some(jet), Some(_)) = (&self.jet, &other.jet) else { return Ok(Signal { value, jet: None }) };
        let mut parts: Vec<Option<Tensor>> = vec![None; jet.parts.len()];
        for &(to, a, b, factor) in jet.rules.product.iter().filter(|(to, ..)| *to > 0) {
            let product = (self.part(a).broadcast_mul(other.part(b))? * factor)?;
            let sum = &mut parts[to - 1];
            *sum = Some(match sum.take() {
                None => product,
                Some(sum) => (sum + product)?,
            });
        }
        let parts = parts.into_iter().map(|part| part.expect("a part has a summand of its own")).collect();
        Ok(Signal { value, jet: Some(jet.with(parts)) })
    }

    /// Signals joined part by part: summed, or put beside each other along an axis.
    pub fn joined(signals: &[Signal], join: impl Fn(&[&Tensor]) -> Result<Tensor>) -> Result<Signal> {
        let all = |place: usize| join(&signals.iter().map(|signal| signal.part(place)).collect::<Vec<_>>());
        let jets: Option<Vec<&Jet>> = signals.iter().map(|signal| signal.jet.as_ref()).collect();
        let jet = match jets {
            None => None,
            Some(jets) => Some(jets[0].with((1..=jets[0].parts.len()).map(all).collect::<Result<_>>()?)),
        };
        Ok(Signal { value: all(0)?, jet })
    }
}

impl Jet {
    fn with(&self, parts: Vec<Tensor>) -> Jet {
        Jet { parts, rules: self.rules.clone() }
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
