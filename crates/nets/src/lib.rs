//! Network descriptions and the CPU training engine.
