//! Initial parameters: every named array drawn from its own stream of the seed.
//!
//! Array number i (in the order of [`ResolvedNetwork::parameters`]) uses [`Stream::Weights`] i, row-major, so that changing
//! one layer's rule leaves the others' numbers as they were; buffers use [`Stream::Features`]. Scaled rules have variance c / fan: normal with that
//! variance, or uniform on (-sqrt(3 variance), sqrt(3 variance)).
//!
//! ```
//! let spec = nets::NetworkSpec::from_json(r#"{ "input": 2, "layers": [{ "type": "dense", "units": 3, "init": "he" }] }"#).unwrap();
//! let network = nets::resolve(&spec).unwrap();
//! let (parameters, buffers) = nets::network::init::draw(&network, 7);
//! assert_eq!((parameters.len(), &parameters[6..], buffers.len()), (9, &[0.0; 3][..], 0));
//! ```

use crate::network::shapes::{ResolvedLayer, ResolvedNetwork};
use crate::network::spec::*;
use base::{Random, Stream};

/// All parameters and all buffers, flat, in the order and at the offsets of `network`.
pub fn draw(network: &ResolvedNetwork, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut parameters = vec![0.0; network.parameter_count()];
    for layer in network.walk() {
        for (place, &index) in layer.parameters.iter().enumerate() {
            let parameter = &network.parameters[index];
            fill(layer, place, &mut parameters[parameter.range()], seed, Stream::Weights(index as u64));
        }
    }
    (parameters, draw_buffers(network, seed))
}

/// The buffers of [`draw`] alone.
pub fn draw_buffers(network: &ResolvedNetwork, seed: u64) -> Vec<f64> {
    let mut buffers = vec![0.0; network.buffer_count()];
    for layer in network.walk() {
        for (place, &index) in layer.buffers.iter().enumerate() {
            let buffer = &network.buffers[index];
            fill(layer, place, &mut buffers[buffer.range()], seed, Stream::Features(index as u64));
        }
    }
    buffers
}

/// Array number `place` of a layer, in the order of the layer's documentation.
fn fill(layer: &ResolvedLayer, place: usize, values: &mut [f64], seed: u64, stream: Stream) {
    let mut random = Random::new(seed, stream);
    match &layer.spec {
        LayerSpec::Dense(dense) => {
            let fan_in = layer.input[layer.input.len() - 1];
            let rule = weight_rule(dense.init, dense.parameterization);
            affine(&mut random, place, rule, dense.bias_init, [fan_in, dense.units], values);
        }
        LayerSpec::Conv2d(conv) => {
            let area = conv.kernel.0 * conv.kernel.1;
            let rule = weight_rule(conv.init, conv.parameterization);
            affine(&mut random, place, rule, conv.bias_init, [layer.input[0] * area, conv.filters * area], values);
        }
        LayerSpec::Attention(attention) => {
            let features = layer.input[1];
            // With biases: in_proj_weight, in_proj_bias, out_proj.weight, out_proj.bias; without, the two weights.
            let (is_weight, is_output) =
                if attention.bias { (place.is_multiple_of(2), place >= 2) } else { (true, place == 1) };
            let (default, fan_out) = if is_output {
                (WeightInit::Pytorch {}, features)
            } else {
                (WeightInit::Glorot { distribution: Distribution::Uniform }, 3 * features)
            };
            if is_weight {
                draw_weight(&mut random, attention.init.unwrap_or(default), [features, fan_out], values);
            }
        }
        LayerSpec::FourierFeatures(features) => fourier(&mut random, features, place, values),
        // weight 1, bias 0; running mean 0, running variance 1: `place` counts within its own list.
        LayerSpec::LayerNorm(_) => values.fill(if place == 0 { 1.0 } else { 0.0 }),
        LayerSpec::BatchNorm(_) => {
            let is_buffer = matches!(stream, Stream::Features(_));
            values.fill(if (place == 1) == is_buffer { 1.0 } else { 0.0 });
        }
        LayerSpec::Activation(Activation::Expression(expression)) => {
            values.fill(expression.parameters.initial()[place])
        }
        LayerSpec::Positions(_) => values.fill_with(|| 0.02 * random.normal()),
        _ => {}
    }
}

fn weight_rule(init: Option<WeightInit>, parameterization: Parameterization) -> WeightInit {
    init.unwrap_or(match parameterization {
        Parameterization::Standard => WeightInit::Pytorch {},
        Parameterization::Ntk => WeightInit::Ntk {},
    })
}

/// A weight (`place` 0) or its bias (1); `fans` are fan_in and fan_out.
fn affine(
    random: &mut Random,
    place: usize,
    rule: WeightInit,
    bias: Option<BiasInit>,
    fans: [usize; 2],
    values: &mut [f64],
) {
    if place == 0 {
        return draw_weight(random, rule, fans, values);
    }
    let bias = bias.unwrap_or(match rule {
        WeightInit::Pytorch {} | WeightInit::Siren { .. } => BiasInit::Uniform { bound: 1.0 / (fans[0] as f64).sqrt() },
        WeightInit::Ntk {} => BiasInit::Normal { std: 1.0 },
        _ => BiasInit::Zeros {},
    });
    match bias {
        BiasInit::Normal { std } => values.fill_with(|| std * random.normal()),
        BiasInit::Uniform { bound } => values.fill_with(|| symmetric(random, bound)),
        BiasInit::Constant { value } => values.fill(value),
        BiasInit::Zeros {} => values.fill(0.0),
    }
}

fn draw_weight(random: &mut Random, rule: WeightInit, [fan_in, fan_out]: [usize; 2], values: &mut [f64]) {
    let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
    match rule {
        WeightInit::Normal { std } => values.fill_with(|| std * random.normal()),
        WeightInit::Uniform { bound } => values.fill_with(|| symmetric(random, bound)),
        WeightInit::Lecun { distribution } => scaled(random, distribution, 1.0 / fan_in, values),
        WeightInit::Glorot { distribution } => scaled(random, distribution, 2.0 / (fan_in + fan_out), values),
        WeightInit::He { distribution } => scaled(random, distribution, 2.0 / fan_in, values),
        WeightInit::Pytorch {} => values.fill_with(|| symmetric(random, 1.0 / fan_in.sqrt())),
        WeightInit::Siren { omega, first } => {
            let bound = if first { 1.0 / fan_in } else { (6.0 / fan_in).sqrt() / omega };
            values.fill_with(|| symmetric(random, bound));
        }
        WeightInit::Ntk {} => values.fill_with(|| random.normal()),
        WeightInit::Constant { value } => values.fill(value),
        WeightInit::Zeros {} => values.fill(0.0),
    }
}

fn scaled(random: &mut Random, distribution: Distribution, variance: f64, values: &mut [f64]) {
    match distribution {
        Distribution::Normal => values.fill_with(|| variance.sqrt() * random.normal()),
        Distribution::Uniform => values.fill_with(|| symmetric(random, (3.0 * variance).sqrt())),
    }
}

/// Uniform on [-bound, bound).
fn symmetric(random: &mut Random, bound: f64) -> f64 {
    bound * (2.0 * random.uniform() - 1.0)
}

/// `frequencies` (`place` 0) or `amplitudes` (1).
fn fourier(random: &mut Random, features: &FourierFeatures, place: usize, values: &mut [f64]) {
    if place == 1 {
        match &features.amplitudes {
            Some(amplitudes) => values.copy_from_slice(amplitudes),
            None => values.fill(1.0),
        }
        return;
    }
    match &features.frequencies {
        Frequencies::Given(rows) => values.iter_mut().zip(rows.iter().flatten()).for_each(|(value, &b)| *value = b),
        Frequencies::Sampled(sampled) => {
            let mut own = sampled.seed.map(|seed| Random::new(seed, Stream::LayerFeatures));
            let random = own.as_mut().unwrap_or(random);
            let scale = sampled.scale;
            values.fill_with(|| match sampled.distribution {
                FrequencyDistribution::Normal => scale * random.normal(),
                FrequencyDistribution::Uniform => symmetric(random, scale * 3f64.sqrt()),
                FrequencyDistribution::Laplace => scale * std::f64::consts::FRAC_1_SQRT_2 * random.laplace(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
