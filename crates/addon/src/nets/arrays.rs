//! Arrays by name, to and from JavaScript.

use crate::array::{Array as Converted, JsArray};
use base::Result;
use napi_derive::napi;
use nets::{Array, Arrays, Values};
use std::collections::HashMap;
use std::sync::Arc;

/// One array under all the names by which it is asked for.
#[napi(object)]
pub struct JsNamed {
    pub names: Vec<String>,
    pub array: JsArray,
}

/// A named array that goes to JavaScript.
#[napi(object)]
pub struct JsField {
    pub name: String,
    pub array: JsArray,
}

pub(super) fn converted(array: Converted) -> Array {
    match array {
        Converted::F32(values, shape) => Array { values: Values::F32(values), shape },
        Converted::F64(values, shape) => Array { values: Values::F64(values), shape },
    }
}

pub(crate) fn named_arrays(named: Vec<JsNamed>) -> Result<Arrays> {
    let mut arrays = HashMap::new();
    for JsNamed { names, array } in named {
        let place = names.first().map_or("array", String::as_str);
        let array = Arc::new(converted(array.to_array(place)?));
        arrays.extend(names.into_iter().map(|name| (name, array.clone())));
    }
    Ok(Arrays(arrays))
}

pub(super) fn js_array(array: Array) -> JsArray {
    match array.values {
        Values::F32(values) => JsArray::f32(values, &array.shape),
        Values::F64(values) => JsArray::f64(values, &array.shape),
    }
}

pub(super) fn fields(named: Vec<(String, Array)>) -> Vec<JsField> {
    named.into_iter().map(|(name, array)| JsField { name, array: js_array(array) }).collect()
}
