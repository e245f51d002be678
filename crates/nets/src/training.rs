//! Training: steps, records, probes, and why it ended.
//!
//! Steps are counted from 0 over the whole training, `resume` included. At a recorded step the loss is that of the
//! step's batch, before its update, and the probes see the parameters before the update. The state after the last
//! update is recorded too, under the number of steps, with its loss over all data.
//!
//! Mini-batches: in epoch e the samples come in the order of stream `Batches(e)` of the batch seed; the last batch of an epoch may
//! be smaller. Nothing but the seed and the step decides it, so that a resumed training takes the same batches.

mod adaptive;
mod balance;
mod batches;
mod bind;
mod coefficients;
mod constraint;
mod equations;
mod history;
pub mod losses;
mod many;
pub mod measures;
mod memory;
pub mod minimize;
pub mod names;
mod objective;
pub mod optimizers;
pub mod probes;
mod record;
mod resample;
mod resume;
mod run;
mod sobol;
mod spec;
mod timing;
mod updater;

pub use balance::BalanceSpec;
pub use batches::Batches;
pub use bind::{Bound, bind};
pub use constraint::ConstraintSpec;
pub use history::{Field, History, Series, State, StopReason};
pub use many::{Job, train_many};
pub use record::{Due, Record};
pub use resample::ResampleSpec;
pub use resume::moments;
pub use run::train;
pub use spec::{Finish, LossSpec, OptimizerSpec, TrainSpec};
pub use timing::{CausalSpec, CurriculumSpec};
