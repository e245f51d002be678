//! A code of the position added to every token.

use crate::forward::Pass;
use crate::signal::{Signal, constant};
use candle_core::Result;
use nets::ResolvedLayer;
use nets::network::spec::PositionEncoding;

pub fn forward(pass: &Pass, layer: &ResolvedLayer, encoding: PositionEncoding, x: &Signal) -> Result<Signal> {
    let (replicas, _, tokens, features) = x.value.dims4()?;
    let code = match encoding {
        PositionEncoding::None => return Ok(x.clone()),
        PositionEncoding::Learned => pass.own(layer)[0].reshape((replicas, 1, tokens, features))?,
        PositionEncoding::Sinusoidal => {
            let codes = nets::network::positions::sinusoidal(tokens, features);
            constant(&codes, x.value.dtype(), x.value.device())?.reshape((1, 1, tokens, features))?
        }
    };
    x.clone().shifted(|value| value.broadcast_add(&code))
}
