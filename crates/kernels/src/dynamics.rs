//! Training as the kernel predicts it: gradient flow and gradient descent in closed form, cross-entropy by an ODE, and
//! what they end in: kernel regression, Gaussian processes.
//!
//! For the mean-squared loss `(1 / (N o)) sum (h - y)^2` over N samples and o outputs, a network that stays linear
//! in its parameters has `dr/dt = -(2 / (N o)) K r` for the residual r = h - y on the training points, t being
//! learning rate times steps (Jacot et al. 2018, Lee et al. 2019). K is symmetric positive semidefinite and not
//! scaled by N.

mod classification;
mod compare;
mod flow;
mod regression;
mod smoothing;

pub use classification::{ClassificationFlow, SoftmaxFlow};
pub use compare::{Comparison, compare};
pub use flow::{Ensemble, Evolution, GradientFlow};
pub use regression::{GaussianProcess, Regression, gaussian_process, kernel_regression, leave_one_out};
pub use smoothing::nadaraya_watson;

#[cfg(test)]
mod tests;
