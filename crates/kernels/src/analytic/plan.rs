//! A network description as the steps that carry a covariance through it in the limit of infinite width.
//!
//! What comes before the first random layer (scaling, Fourier features, flattening, an activation) is a fixed map
//! of the inputs. From there on every step maps the covariances (NNGP `q`, NTK `t`) of two inputs:
//!
//! | layer | q | t |
//! | --- | --- | --- |
//! | dense, conv2d (`ntk`) | sw^2 q + sb^2 | sw^2 t + [weight trained] sw^2 q + [bias trained] sb^2 |
//! | activation | T(q) | t T'(q) |
//! | scale c | c^2 q | c^2 t |
//! | residual | q + f(q) | t + f(t) |

use super::dual::Closed;
use super::hermite::Hermite;
use crate::maps::InputMap;
use crate::selection::Selection;
use base::{Error, Result};
use nets::network::shapes;
use nets::network::spec::{Frequencies, Padding, Pair, Parameterization};
use nets::{Activation, LayerSpec, NetworkSpec, ResolvedLayer, ResolvedNetwork};

/// The variances of a random affine layer, and which of its parameters are trained.
#[derive(Debug, Clone, Copy)]
pub struct Affine {
    pub weight: f64,
    pub bias: f64,
    pub train_weight: bool,
    pub train_bias: bool,
}

/// Windows over the positions of an image: input and output sizes, window, stride, zeros above and to the left.
#[derive(Debug, Clone, Copy)]
pub struct Windows {
    pub input: [usize; 2],
    pub output: [usize; 2],
    pub size: [usize; 2],
    pub stride: [usize; 2],
    pub before: [usize; 2],
}

pub enum Dual {
    Closed(Closed),
    Series(Hermite),
}

pub enum Step {
    Affine(Affine),
    Convolution(Affine, Windows),
    AveragePool(Windows),
    /// From positions to one number: the mean over them, as the next layer's fan-in sums over all.
    Flatten,
    Scale(f64),
    /// The number counts activations: where variances of this one are kept.
    Activation(Dual, usize),
    /// Remembers the present state for the `AddSaved` that matches.
    Save,
    AddSaved,
}

pub struct Plan {
    pub maps: Vec<InputMap>,
    pub steps: Vec<Step>,
    pub activations: usize,
    /// Positions of one image, [1, 1] for vectors.
    pub positions: [usize; 2],
    pub channels: usize,
    pub spatial: bool,
    /// Pooling needs covariances between different positions; without it the diagonal is enough.
    pub pooled: bool,
}

/// The dual of an activation: in closed form where there is one.
pub fn dual_of(activation: &Activation) -> Dual {
    Dual::Closed(match *activation {
        Activation::Relu {} => Closed::Rectifier { p: 0.5, q: 0.5 },
        Activation::LeakyRelu { slope } => Closed::Rectifier { p: 0.5 * (1.0 + slope), q: 0.5 * (1.0 - slope) },
        Activation::Erf {} => Closed::Erf,
        Activation::Sin { omega } => Closed::Sin { omega },
        Activation::Cos { omega } => Closed::Cos { omega },
        Activation::Gaussian { a } => Closed::Gaussian { s: a },
        Activation::Gelu {} => Closed::Gelu,
        _ => return Dual::Series(Hermite::new(activation.clone())),
    })
}

struct Builder<'a> {
    network: &'a ResolvedNetwork,
    buffers: Vec<f64>,
    selection: &'a Selection,
    plan: Plan,
    /// Nothing random yet: layers are input maps.
    fixed: bool,
    /// The state is a Gaussian process: what an activation needs.
    gaussian: bool,
}

/// Builds the plan. Errors: a description that does not resolve, a layer without an infinite-width limit here, a dense
/// or convolution layer that is not `ntk`; each names the layer.
pub fn plan(spec: &NetworkSpec, selection: &Selection) -> Result<Plan> {
    let network = shapes::resolve(spec)?;
    let image = network.input.len() == 3;
    if network.input.len() == 2 {
        return Err(Error::shape(format!("input: analytic kernels take vectors or images, got {:?}", network.input)));
    }
    let spatial = network.layers.iter().any(|l| matches!(l.spec, LayerSpec::Conv2d(_) | LayerSpec::AvgPool2d(_)));
    let mut builder = Builder {
        network: &network,
        // Only what draws with a seed of its own is used: any seed gives the same.
        buffers: nets::network::init::draw_buffers(&network, 0),
        selection,
        plan: Plan {
            maps: vec![],
            steps: vec![],
            activations: 0,
            positions: if image && spatial { [network.input[1], network.input[2]] } else { [1, 1] },
            channels: if image && spatial { network.input[0] } else { network.input.iter().product() },
            spatial,
            pooled: network.layers.iter().any(|l| matches!(l.spec, LayerSpec::AvgPool2d(_))),
        },
        fixed: true,
        gaussian: false,
    };
    builder.chain(&network.layers)?;
    if builder.fixed {
        return Err(Error::argument("spec: expected at least one dense or conv2d layer, got none"));
    }
    Ok(builder.plan)
}

impl Builder<'_> {
    fn chain(&mut self, layers: &[ResolvedLayer]) -> Result<()> {
        layers.iter().try_for_each(|layer| self.layer(layer))
    }

    fn affine(&mut self, layer: &ResolvedLayer, p: Parameterization, bias: bool, sw: f64, sb: f64) -> Result<Affine> {
        if p != Parameterization::Ntk {
            return Err(Error::argument(format!(
                "{}: an analytic kernel needs parameterization \"ntk\" (with sigmaW and sigmaB), got \"standard\"",
                layer.path
            )));
        }
        (self.fixed, self.gaussian) = (false, true);
        let trained = |name: &str| self.selection.has(&format!("{}.{name}", layer.path));
        Ok(Affine {
            weight: sw * sw,
            bias: if bias { sb * sb } else { 0.0 },
            train_weight: trained("weight"),
            train_bias: bias && trained("bias"),
        })
    }

    fn layer(&mut self, layer: &ResolvedLayer) -> Result<()> {
        let refuse = |why: &str| Err(Error::argument(format!("{}: {} {why}", layer.path, layer.spec.name())));
        match &layer.spec {
            LayerSpec::Dense(d) => {
                let affine = self.affine(layer, d.parameterization, d.bias, d.sigma_w, d.sigma_b)?;
                self.plan.steps.push(Step::Affine(affine));
            }
            LayerSpec::Conv2d(c) => {
                let affine = self.affine(layer, c.parameterization, c.bias, c.sigma_w, c.sigma_b)?;
                let (Pair(kh, kw), Pair(sh, sw)) = (c.kernel, c.stride);
                let [h, w] = [layer.input[1], layer.input[2]];
                let before = match c.padding {
                    Padding::Zeros(Pair(h, w)) => [h, w],
                    Padding::Same => [shapes::same_padding(h, kh, sh).0, shapes::same_padding(w, kw, sw).0],
                };
                let output = [layer.output[1], layer.output[2]];
                let windows = Windows { input: [h, w], output, size: [kh, kw], stride: [sh, sw], before };
                self.plan.steps.push(Step::Convolution(affine, windows));
            }
            LayerSpec::AvgPool2d(p) => {
                let (Pair(h, w), Pair(sh, sw)) = (p.size, p.stride.unwrap_or(p.size));
                self.fixed = false;
                self.plan.steps.push(Step::AveragePool(Windows {
                    input: [layer.input[1], layer.input[2]],
                    output: [layer.output[1], layer.output[2]],
                    size: [h, w],
                    stride: [sh, sw],
                    before: [0, 0],
                }));
            }
            LayerSpec::Flatten(_) => self.plan.steps.push(Step::Flatten),
            LayerSpec::Scale(s) if self.fixed => self.plan.maps.push(InputMap::Scale(s.factor)),
            LayerSpec::Scale(s) => self.plan.steps.push(Step::Scale(s.factor * s.factor)),
            LayerSpec::Activation(_) if !layer.parameters.is_empty() => {
                return refuse("has coefficients that are trained, of which an analytic kernel knows no term");
            }
            LayerSpec::Activation(Activation::Expression(f)) if !self.fixed && !f.is_smooth() => {
                return refuse("has kinks or jumps at places that the quadrature of an analytic kernel does not know");
            }
            LayerSpec::Activation(f) if self.fixed => self.plan.maps.push(InputMap::Entrywise(f.clone())),
            LayerSpec::Activation(f) => {
                if !self.gaussian {
                    return refuse("needs a dense or conv2d layer before it: its input is not Gaussian");
                }
                self.gaussian = false;
                self.plan.steps.push(Step::Activation(dual_of(f), self.plan.activations));
                self.plan.activations += 1;
            }
            LayerSpec::FourierFeatures(f) => {
                if !self.fixed {
                    return refuse("has an analytic kernel only on the inputs, before the first dense layer");
                }
                if f.trainable {
                    return refuse("that is trainable has no analytic kernel");
                }
                if matches!(&f.frequencies, Frequencies::Sampled(s) if s.seed.is_none()) {
                    return refuse(
                        "draws its frequencies with a model's seed: give them a seed of their own, or as numbers",
                    );
                }
                self.plan.channels = layer.output.iter().product();
                self.plan.maps.push(InputMap::fourier(self.network, layer, &self.buffers));
            }
            LayerSpec::Residual(_) => {
                if self.fixed {
                    return refuse("needs a dense or conv2d layer before it");
                }
                let outer = self.gaussian;
                self.plan.steps.push(Step::Save);
                self.chain(&layer.children[0])?;
                if !self.gaussian {
                    return refuse("must end with a dense or conv2d layer: else its two paths are correlated");
                }
                self.gaussian = outer;
                self.plan.steps.push(Step::AddSaved);
            }
            _ => return refuse("has no analytic kernel here"),
        }
        Ok(())
    }
}
