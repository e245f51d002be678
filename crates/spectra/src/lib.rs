//! Fourier transforms, windows, convolution, filters: signals, no networks.
