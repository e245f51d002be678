//! SIMD paths, micro-kernels for matrix products, vectorised elementary functions, the thread team.
