//! The layers. Shapes below are those of one sample; the batch axis comes before them.

use super::{Activation, BiasInit, Transform, WeightInit};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One entry of `layers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum LayerSpec {
    Dense(Dense),
    Activation(Activation),
    Conv2d(Conv2d),
    MaxPool2d(Pool2d),
    AvgPool2d(Pool2d),
    Flatten(Flatten),
    FourierFeatures(FourierFeatures),
    Scale(Scale),
    Modulate(Modulate),
    Branches(Branches),
    Residual(Residual),
    LayerNorm(LayerNorm),
    BatchNorm(BatchNorm),
    Attention(Attention),
    Positions(Positions),
    Transform(Transform),
}

impl LayerSpec {
    /// The `type` in the description.
    pub fn name(&self) -> &'static str {
        match self {
            LayerSpec::Dense(_) => "dense",
            LayerSpec::Activation(_) => "activation",
            LayerSpec::Conv2d(_) => "conv2d",
            LayerSpec::MaxPool2d(_) => "maxPool2d",
            LayerSpec::AvgPool2d(_) => "avgPool2d",
            LayerSpec::Flatten(_) => "flatten",
            LayerSpec::FourierFeatures(_) => "fourierFeatures",
            LayerSpec::Scale(_) => "scale",
            LayerSpec::Modulate(_) => "modulate",
            LayerSpec::Branches(_) => "branches",
            LayerSpec::Residual(_) => "residual",
            LayerSpec::LayerNorm(_) => "layerNorm",
            LayerSpec::BatchNorm(_) => "batchNorm",
            LayerSpec::Attention(_) => "attention",
            LayerSpec::Positions(_) => "positions",
            LayerSpec::Transform(_) => "transform",
        }
    }
}

/// How weights enter: `standard` W x + b, `ntk` (sigmaW / sqrt(fan_in)) W x + sigmaB b (Jacot et al. 2018).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Parameterization {
    #[default]
    Standard,
    Ntk,
}

/// A layer that is affine in its input: its own fields, then those that all of them have. (A flattened struct could not
/// refuse unknown fields.)
macro_rules! affine {
    ($(#[$meta:meta])* $name:ident { $($own:tt)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $name {
            $($own)*
            #[serde(default = "yes")]
            pub bias: bool,
            /// Default: `pytorch` (`ntk` with the `ntk` parameterisation).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub init: Option<WeightInit>,
            /// Default: see [`BiasInit`].
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub bias_init: Option<BiasInit>,
            #[serde(default)]
            pub parameterization: Parameterization,
            /// `ntk` only. Default 1.
            #[serde(default = "one")]
            pub sigma_w: f64,
            /// `ntk` only. Default 0: a bias that is there but has no effect.
            #[serde(default)]
            pub sigma_b: f64,
        }
    };
}

affine! {
    /// `[features] -> [units]`, or `[tokens, features] -> [tokens, units]` with the same weights for every token.
    /// Parameters `weight [units, features]` and, with `bias`, `bias [units]`.
    Dense {
        pub units: usize,
    }
}

affine! {
    /// Cross-correlation, `[in, h, w] -> [filters, h', w']`; weight `[filters, in, kh, kw]`, bias `[filters]`.
    /// fan_in = in kh kw.
    Conv2d {
        pub filters: usize,
        pub kernel: Pair,
        #[serde(default = "Pair::one")]
        pub stride: Pair,
        #[serde(default)]
        pub padding: Padding,
    }
}

/// Maximum or mean over windows, no padding, windows that would overhang are dropped (as PyTorch).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pool2d {
    pub size: Pair,
    /// Default: `size`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<Pair>,
}

/// Any shape to `[features]`, row-major.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flatten {}

/// `[d] -> [2 k]`: `[a_1 cos 2 pi b_1.v, ..., a_k cos 2 pi b_k.v, a_1 sin 2 pi b_1.v, ..., a_k sin 2 pi b_k.v]`
/// (Tancik et al. 2020). Named `frequencies [k, d]` and `amplitudes [k]`: parameters when `trainable`, else buffers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FourierFeatures {
    pub frequencies: Frequencies,
    /// One for each frequency. Default: all 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amplitudes: Option<Vec<f64>>,
    #[serde(default)]
    pub trainable: bool,
}

/// Cycles per unit: rows of d numbers, or drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Frequencies {
    Given(Vec<Vec<f64>>),
    Sampled(SampledFrequencies),
}

/// `count` rows whose entries are independent with mean 0 and standard deviation `scale`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SampledFrequencies {
    pub count: usize,
    #[serde(default)]
    pub distribution: FrequencyDistribution,
    /// The standard deviation, whatever the distribution.
    pub scale: f64,
    /// Default: the model's seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FrequencyDistribution {
    #[default]
    Normal,
    Uniform,
    Laplace,
}

/// The input times `factor`, any shape (multiscale networks).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    pub factor: f64,
}

/// `[d] -> ` the shape of `layers`: `layers(v) * cos(2 pi b.v)` or `* sin(2 pi b.v)` with b = `frequency` (phase
/// networks, Cai, Li and Liu 2020). Children are named `layers.<i>.layers.<j>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modulate {
    /// Cycles per unit, one number for each input.
    pub frequency: Vec<f64>,
    #[serde(rename = "fn", default)]
    pub wave: Wave,
    pub layers: Vec<LayerSpec>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Wave {
    #[default]
    Cos,
    Sin,
}

/// Several lists of layers on the same input, their outputs summed (equal shapes) or concatenated (along the first
/// axis: features, channels; for `[tokens, features]` along the features). Children: `layers.<i>.branches.<b>.<j>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branches {
    #[serde(default)]
    pub combine: Combine,
    pub branches: Vec<Vec<LayerSpec>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Combine {
    #[default]
    Sum,
    Concat,
}

/// `v + layers(v)`; `layers` keeps the shape. Children: `layers.<i>.layers.<j>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Residual {
    pub layers: Vec<LayerSpec>,
}

/// Over the last axis of `[features]` or `[tokens, features]`: `(v - mean) / sqrt(var + epsilon)`, the variance with
/// 1/n, times `weight` plus `bias` (both `[features]`) when `affine` (Ba et al. 2016; PyTorch's LayerNorm).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerNorm {
    #[serde(default = "norm_epsilon")]
    pub epsilon: f64,
    #[serde(default = "yes")]
    pub affine: bool,
}

/// Over the batch, for each feature of `[features]` or channel of `[channels, h, w]` (Ioffe and Szegedy 2015; PyTorch's
/// BatchNorm): training uses the batch's mean and 1/n variance and moves the buffers `running_mean`, `running_var`
/// (the 1/(n-1) variance) by `momentum`; prediction, probes and the loss after the last update use the buffers. A batch
/// is one chunk on one thread then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchNorm {
    #[serde(default = "norm_epsilon")]
    pub epsilon: f64,
    #[serde(default = "norm_momentum")]
    pub momentum: f64,
    #[serde(default = "yes")]
    pub affine: bool,
}

/// Multi-head self-attention on `[tokens, features]` (Vaswani et al. 2017), without dropout or mask; `heads` divides
/// `features`. PyTorch's names: `in_proj_weight [3 features, features]` (query, key, value), `in_proj_bias`,
/// `out_proj.weight [features, features]`, `out_proj.bias`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attention {
    pub heads: usize,
    #[serde(default = "yes")]
    pub bias: bool,
    /// For both projections. Default: `glorot` uniform for the input projections, `pytorch` for the output's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub init: Option<WeightInit>,
}

/// Adds a code of the position to `[tokens, features]`: fixed sines and cosines (Vaswani et al. 2017, section 3.5), a
/// parameter `weight [tokens, features]` drawn from N(0, 0.02^2), or nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Positions {
    pub encoding: PositionEncoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PositionEncoding {
    Sinusoidal,
    Learned,
    None,
}

/// `n` for both axes or `[height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair(pub usize, pub usize);

impl Pair {
    fn one() -> Self {
        Pair(1, 1)
    }

    fn read(value: &serde_json::Value) -> Option<Self> {
        let whole = |value: &serde_json::Value| value.as_u64().and_then(|size| usize::try_from(size).ok());
        match value {
            serde_json::Value::Array(both) if both.len() == 2 => Some(Pair(whole(&both[0])?, whole(&both[1])?)),
            single => whole(single).map(|size| Pair(size, size)),
        }
    }
}

impl Serialize for Pair {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == self.1 { self.0.serialize(serializer) } else { [self.0, self.1].serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Pair {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Pair::read(&value)
            .ok_or_else(|| D::Error::custom(format!("expected an integer or [height, width], got {value}")))
    }
}

/// Zeros around an image before a convolution: the same on both sides of an axis, or `"same"`, which gives
/// ceil(size / stride) outputs and puts the odd zero behind (as TensorFlow; PyTorch has it for stride 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    Zeros(Pair),
    Same,
}

impl Default for Padding {
    fn default() -> Self {
        Padding::Zeros(Pair(0, 0))
    }
}

impl Serialize for Padding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Padding::Zeros(pair) => pair.serialize(serializer),
            Padding::Same => "same".serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Padding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        if value == "same" {
            return Ok(Padding::Same);
        }
        Pair::read(&value)
            .map(Padding::Zeros)
            .ok_or_else(|| D::Error::custom(format!("expected an integer, [height, width] or 'same', got {value}")))
    }
}

impl Serialize for Frequencies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Frequencies::Given(rows) => rows.serialize(serializer),
            Frequencies::Sampled(sampled) => sampled.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Frequencies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let read = if value.is_array() {
            serde_json::from_value(value).map(Frequencies::Given)
        } else {
            serde_json::from_value(value).map(Frequencies::Sampled)
        };
        read.map_err(D::Error::custom)
    }
}

fn yes() -> bool {
    true
}

fn one() -> f64 {
    1.0
}

fn norm_epsilon() -> f64 {
    1e-5
}

fn norm_momentum() -> f64 {
    0.1
}
