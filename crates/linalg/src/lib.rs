//! Matrix products, decompositions and solvers: a checked layer on faer and gemm.
