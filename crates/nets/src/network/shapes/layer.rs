//! One layer: what it takes, what it gives, what it owns.

use super::resolved::{Names, ResolvedLayer};
use super::{chain, convolved, volume, windows};
use crate::network::spec::*;
use base::{Error, Result};

/// A layer that is being checked: where it stands and what reaches it.
struct Place<'a> {
    path: &'a str,
    name: &'static str,
    input: &'a [usize],
}

impl Place<'_> {
    fn shape_error(&self, expected: &str, hint: &str) -> Error {
        let hint = if hint.is_empty() { String::new() } else { format!("; {hint}") };
        Error::shape(format!(
            "{} ({}): expected {expected}, got an input of shape {:?}{hint}",
            self.path, self.name, self.input
        ))
    }

    fn value_error(&self, field: &str, expected: &str, got: impl std::fmt::Debug) -> Error {
        Error::argument(format!("{} ({}): {field}: expected {expected}, got {got:?}", self.path, self.name))
    }

    fn positive(&self, field: &str, value: usize) -> Result<()> {
        if value > 0 { Ok(()) } else { Err(self.value_error(field, "a positive integer", value)) }
    }

    fn finite(&self, field: &str, value: f64) -> Result<()> {
        if value.is_finite() { Ok(()) } else { Err(self.value_error(field, "a finite number", value)) }
    }

    fn above_zero(&self, field: &str, value: f64) -> Result<()> {
        if value.is_finite() && value > 0.0 { Ok(()) } else { Err(self.value_error(field, "a number above 0", value)) }
    }

    fn not_negative(&self, field: &str, value: f64) -> Result<()> {
        if value.is_finite() && value >= 0.0 {
            Ok(())
        } else {
            Err(self.value_error(field, "a number not below 0", value))
        }
    }

    fn features(&self) -> Result<usize> {
        match self.input {
            [features] => Ok(*features),
            _ => Err(self.shape_error("[features]", "")),
        }
    }

    fn sequence(&self) -> Result<(usize, usize)> {
        match self.input {
            [tokens, features] => Ok((*tokens, *features)),
            _ => Err(self.shape_error("[tokens, features]", "")),
        }
    }

    fn image(&self) -> Result<[usize; 3]> {
        self.input.try_into().map_err(|_| self.shape_error("[channels, height, width]", ""))
    }

    fn weight_init(&self, init: &Option<WeightInit>) -> Result<()> {
        match init {
            Some(WeightInit::Normal { std }) => self.not_negative("init.std", *std),
            Some(WeightInit::Uniform { bound }) => self.not_negative("init.bound", *bound),
            Some(WeightInit::Siren { omega, .. }) => self.above_zero("init.omega", *omega),
            Some(WeightInit::Constant { value }) => self.finite("init.value", *value),
            _ => Ok(()),
        }
    }

    fn bias_init(&self, init: &Option<BiasInit>) -> Result<()> {
        match init {
            Some(BiasInit::Normal { std }) => self.not_negative("biasInit.std", *std),
            Some(BiasInit::Uniform { bound }) => self.not_negative("biasInit.bound", *bound),
            Some(BiasInit::Constant { value }) => self.finite("biasInit.value", *value),
            _ => Ok(()),
        }
    }
}

pub(super) fn resolve(spec: &LayerSpec, path: String, input: &[usize], names: &mut Names) -> Result<ResolvedLayer> {
    let place = Place { path: &path, name: spec.name(), input };
    let mut parameters = Vec::new();
    let mut buffers = Vec::new();
    let mut children = Vec::new();
    let output = match spec {
        LayerSpec::Dense(dense) => {
            let fan_in = match input {
                [features] | [_, features] => *features,
                _ => return Err(place.shape_error("[features] or [tokens, features]", "put a flatten before it")),
            };
            place.positive("units", dense.units)?;
            place.weight_init(&dense.init)?;
            place.bias_init(&dense.bias_init)?;
            place.finite("sigmaW", dense.sigma_w)?;
            place.finite("sigmaB", dense.sigma_b)?;
            parameters.push(names.parameter(&path, "weight", &[dense.units, fan_in])?);
            if dense.bias {
                parameters.push(names.parameter(&path, "bias", &[dense.units])?);
            }
            let mut output = input.to_vec();
            *output.last_mut().expect("rank 1 or 2") = dense.units;
            output
        }
        LayerSpec::Activation(activation) => {
            match activation {
                Activation::LeakyRelu { slope } => place.finite("slope", *slope)?,
                Activation::Elu { alpha } => place.finite("alpha", *alpha)?,
                Activation::Sin { omega } | Activation::Cos { omega } => place.finite("omega", *omega)?,
                Activation::Gaussian { a } | Activation::Ricker { a } => place.above_zero("a", *a)?,
                Activation::ClippedRelu { max } => place.above_zero("max", *max)?,
                Activation::Expression(expression) => {
                    for coefficient in expression.parameters.trained() {
                        parameters.push(names.parameter(&path, &coefficient.name, &[1])?);
                    }
                }
                _ => {}
            }
            input.to_vec()
        }
        LayerSpec::Conv2d(conv) => {
            let [channels, height, width] = place.image()?;
            place.positive("filters", conv.filters)?;
            place.weight_init(&conv.init)?;
            place.bias_init(&conv.bias_init)?;
            place.finite("sigmaW", conv.sigma_w)?;
            place.finite("sigmaB", conv.sigma_b)?;
            let Pair(kernel_h, kernel_w) = conv.kernel;
            for (field, Pair(h, w)) in [("kernel", conv.kernel), ("stride", conv.stride)] {
                place.positive(field, h.min(w))?;
            }
            let ([rows, columns], _) = convolved(conv, height, width).ok_or_else(|| {
                let expected =
                    format!("an image (with its padding) at least as large as the kernel {kernel_h} x {kernel_w}");
                place.shape_error(&expected, "")
            })?;
            parameters.push(names.parameter(&path, "weight", &[conv.filters, channels, kernel_h, kernel_w])?);
            if conv.bias {
                parameters.push(names.parameter(&path, "bias", &[conv.filters])?);
            }
            vec![conv.filters, rows, columns]
        }
        LayerSpec::MaxPool2d(pool) | LayerSpec::AvgPool2d(pool) => {
            let [channels, height, width] = place.image()?;
            let Pair(size_h, size_w) = pool.size;
            let Pair(stride_h, stride_w) = pool.stride.unwrap_or(pool.size);
            place.positive("size", size_h.min(size_w))?;
            place.positive("stride", stride_h.min(stride_w))?;
            match (windows(height, size_h, stride_h), windows(width, size_w, stride_w)) {
                (Some(rows), Some(columns)) => vec![channels, rows, columns],
                _ => {
                    let expected = format!("an image at least as large as the window {size_h} x {size_w}");
                    return Err(place.shape_error(&expected, ""));
                }
            }
        }
        LayerSpec::Flatten(_) => vec![input.iter().product()],
        LayerSpec::FourierFeatures(features) => {
            let dimension = place.features()?;
            let count = fourier_count(&place, features, dimension)?;
            let mut add = |name: &str, shape: &[usize]| {
                if features.trainable {
                    names.parameter(&path, name, shape).map(|index| parameters.push(index))
                } else {
                    names.buffer(&path, name, shape).map(|index| buffers.push(index))
                }
            };
            add("frequencies", &[count, dimension])?;
            add("amplitudes", &[count])?;
            vec![volume(&[2, count], &path)?]
        }
        LayerSpec::Scale(scale) => {
            place.finite("factor", scale.factor)?;
            input.to_vec()
        }
        LayerSpec::Modulate(modulate) => {
            let dimension = place.features()?;
            if modulate.frequency.len() != dimension {
                let got = modulate.frequency.len();
                return Err(place.value_error("frequency", &format!("{dimension} numbers, one for each input"), got));
            }
            modulate.frequency.iter().try_for_each(|&value| place.finite("frequency", value))?;
            let list = chain(&modulate.layers, &format!("{path}.layers"), input, names)?;
            let output = end(&list, input);
            children.push(list);
            output
        }
        LayerSpec::Residual(residual) => {
            let list = chain(&residual.layers, &format!("{path}.layers"), input, names)?;
            let output = end(&list, input);
            if output != input {
                return Err(place.shape_error(&format!("layers that keep the shape, but they give {output:?}"), ""));
            }
            children.push(list);
            output
        }
        LayerSpec::Branches(branches) => {
            if branches.branches.is_empty() {
                return Err(place.value_error("branches", "at least one branch", 0));
            }
            for (index, layers) in branches.branches.iter().enumerate() {
                children.push(chain(layers, &format!("{path}.branches.{index}"), input, names)?);
            }
            let outputs: Vec<_> = children.iter().map(|list| end(list, input)).collect();
            combined(branches.combine, &outputs).ok_or_else(|| {
                let expected = match branches.combine {
                    Combine::Sum => "branches of one shape",
                    Combine::Concat => "branches of one rank that differ only in their features or channels",
                };
                place.value_error("branches", expected, outputs)
            })?
        }
        LayerSpec::LayerNorm(norm) => {
            let features = match input {
                [features] | [_, features] => *features,
                _ => return Err(place.shape_error("[features] or [tokens, features]", "")),
            };
            place.above_zero("epsilon", norm.epsilon)?;
            if norm.affine {
                parameters.push(names.parameter(&path, "weight", &[features])?);
                parameters.push(names.parameter(&path, "bias", &[features])?);
            }
            input.to_vec()
        }
        LayerSpec::BatchNorm(norm) => {
            let channels = match input {
                [features] => *features,
                [channels, _, _] => *channels,
                _ => return Err(place.shape_error("[features] or [channels, height, width]", "")),
            };
            place.above_zero("epsilon", norm.epsilon)?;
            if !(0.0..=1.0).contains(&norm.momentum) {
                return Err(place.value_error("momentum", "a number from 0 to 1", norm.momentum));
            }
            if norm.affine {
                parameters.push(names.parameter(&path, "weight", &[channels])?);
                parameters.push(names.parameter(&path, "bias", &[channels])?);
            }
            buffers.push(names.buffer(&path, "running_mean", &[channels])?);
            buffers.push(names.buffer(&path, "running_var", &[channels])?);
            input.to_vec()
        }
        LayerSpec::Attention(attention) => {
            let (_, features) = place.sequence()?;
            place.positive("heads", attention.heads)?;
            place.weight_init(&attention.init)?;
            if !features.is_multiple_of(attention.heads) {
                return Err(place.value_error(
                    "heads",
                    &format!("a divisor of the {features} features"),
                    attention.heads,
                ));
            }
            parameters.push(names.parameter(&path, "in_proj_weight", &[3 * features, features])?);
            if attention.bias {
                parameters.push(names.parameter(&path, "in_proj_bias", &[3 * features])?);
            }
            parameters.push(names.parameter(&path, "out_proj.weight", &[features, features])?);
            if attention.bias {
                parameters.push(names.parameter(&path, "out_proj.bias", &[features])?);
            }
            input.to_vec()
        }
        LayerSpec::Positions(positions) => {
            let (tokens, features) = place.sequence()?;
            if positions.encoding == PositionEncoding::Learned {
                parameters.push(names.parameter(&path, "weight", &[tokens, features])?);
            }
            input.to_vec()
        }
        LayerSpec::Transform(transform) => {
            let (features, names) = (place.features()?, transform.outputs.len());
            if names != features {
                return Err(place.value_error("outputs", &format!("{features} names, one for each feature"), names));
            }
            vec![transform.f.len()]
        }
    };
    volume(&output, &path)?;
    Ok(ResolvedLayer { spec: spec.clone(), path, input: input.to_vec(), output, parameters, buffers, children })
}

/// What a list of layers gives: its input where it is empty.
fn end(list: &[ResolvedLayer], input: &[usize]) -> Vec<usize> {
    list.last().map_or_else(|| input.to_vec(), |last| last.output.clone())
}

fn combined(combine: Combine, outputs: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut shape = outputs[0].clone();
    // Features are the last axis of a sequence and the only one of a vector; channels the first of an image.
    let axis = if shape.len() == 2 { 1 } else { 0 };
    for other in &outputs[1..] {
        if combine == Combine::Concat && other.len() == shape.len() {
            let total = shape[axis].checked_add(other[axis])?;
            shape[axis] = other[axis];
            if *other != shape {
                return None;
            }
            shape[axis] = total;
        } else if *other != shape {
            return None;
        }
    }
    Some(shape)
}

fn fourier_count(place: &Place, features: &FourierFeatures, dimension: usize) -> Result<usize> {
    let count = match &features.frequencies {
        Frequencies::Given(rows) => {
            for row in rows {
                if row.len() != dimension {
                    let expected = format!("rows of {dimension} numbers, one for each input");
                    return Err(place.value_error("frequencies", &expected, row));
                }
                row.iter().try_for_each(|&value| place.finite("frequencies", value))?;
            }
            rows.len()
        }
        Frequencies::Sampled(sampled) => {
            place.not_negative("frequencies.scale", sampled.scale)?;
            sampled.count
        }
    };
    place.positive("frequencies (their count)", count)?;
    if let Some(amplitudes) = &features.amplitudes {
        if amplitudes.len() != count {
            let expected = format!("{count} numbers, one for each frequency");
            return Err(place.value_error("amplitudes", &expected, amplitudes.len()));
        }
        amplitudes.iter().try_for_each(|&value| place.finite("amplitudes", value))?;
    }
    Ok(count)
}
