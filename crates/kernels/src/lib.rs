//! Neural tangent kernels: empirical, analytic, spectra and dynamics.
