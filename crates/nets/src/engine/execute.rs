//! The engine of one run: a program, its parameters, a team, and the memory of a step.
//!
//! A step is two meetings of the team: every lane takes its chunks through forward, loss and backward; then every
//! member sums a part of the lanes and updates that part of the arena. Nothing is allocated in between.

use super::chunk::{Chunk, Workspace};
use super::data::{Data, Samples};
use super::op::{Shared, Wiring};
use super::plan::Plan;
use super::program::Program;
use crate::engine::loss::{Loss, Outputs};
use crate::engine::update::{Update, Whole};
use crate::network::spec::MOST_TRAINED;
use crate::training::optimizers::clip_factor;
use base::Control;
use compute::denormals::FlushGuard;
use compute::{Buffer, Kernel, Lanes, Scalar, Shares, SimdPath, Team};
use std::cell::Cell;
use std::sync::Mutex;

/// Numbers that are summed over the lanes and updated at once: they stay in a level-1 cache.
const PART: usize = 1024;

/// Gradients and loss of the chunks of one lane.
struct Lane<T: Scalar> {
    gradient: Buffer<T>,
    loss: f64,
}

/// Everything that a run needs. Parameters and moments live in the arena's order; see [`Program::unpack`].
pub struct Engine<T: Scalar> {
    pub program: Program<T>,
    pub path: SimdPath,
    pub parameters: Buffer<T>,
    pub moments: Vec<Buffer<T>>,
    /// State that is not trained, flat.
    pub state: Vec<T>,
    /// Differentiate with the running statistics of normalisations instead of the batch's.
    pub frozen: bool,
    /// Once it is aborted, forward passes leave out the chunks that are left.
    pub control: Control,
    derived: Vec<Buffer<T>>,
    /// How far `derived` follows the parameters.
    current: Current,
    team: Team,
    spaces: Vec<Workspace<T>>,
    /// Samples that a workspace holds, and whether it has gradients.
    capacity: (usize, bool),
    lanes: Vec<Lane<T>>,
    used_lanes: usize,
}

/// Outputs with their derivatives by the d inputs, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Derivatives<T> {
    /// `[n, o]`.
    pub value: Vec<T>,
    /// `[n, o, d]`.
    pub gradient: Vec<T>,
    /// `[n, o]`: the weighted sum of second derivatives (the Laplacian); empty if it was not carried.
    pub second: Vec<T>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Current {
    Nothing,
    Forward,
    All,
}

impl<T: Scalar> Engine<T> {
    /// `parameters` and `state` are flat and row-major; `threads` at least 1.
    pub fn new(program: Program<T>, parameters: &[T], state: &[T], threads: usize) -> Self {
        let mut arena = program.new_arena();
        program.pack(parameters, &mut arena);
        Engine {
            path: SimdPath::current(),
            derived: program.new_derived(),
            current: Current::Nothing,
            moments: Vec::new(),
            state: state.to_vec(),
            frozen: false,
            control: Control::none(),
            team: Team::new(threads),
            spaces: Vec::new(),
            capacity: (0, false),
            lanes: Vec::new(),
            used_lanes: 0,
            parameters: arena,
            program,
        }
    }

    /// The parameters, flat and row-major.
    pub fn flat_parameters(&self) -> Vec<T> {
        self.program.unpack(&self.parameters)
    }

    pub fn set_flat_parameters(&mut self, flat: &[T]) {
        self.program.pack(flat, &mut self.parameters);
        self.current = Current::Nothing;
    }

    /// Call after changing `parameters` in place.
    pub fn parameters_changed(&mut self) {
        self.current = Current::Nothing;
    }

    /// Makes room for chunks of `plan` and, with `gradients`, for its lanes.
    pub fn prepare(&mut self, plan: &Plan, gradients: bool) {
        if self.capacity.0 < plan.points || (gradients && !self.capacity.1) {
            self.capacity = (self.capacity.0.max(plan.points), self.capacity.1 || gradients);
            let (points, gradients) = self.capacity;
            self.spaces.clear();
            let space = || Workspace::new(&self.program, points, gradients);
            self.spaces.extend((0..self.team.size()).map(|_| space()));
        }
        if gradients {
            while self.lanes.len() < plan.lanes {
                self.lanes.push(Lane { gradient: self.program.new_arena(), loss: 0.0 });
            }
        }
    }

    fn refresh(&mut self, wanted: Current) {
        if self.current >= wanted {
            return;
        }
        let (program, parameters) = (&self.program, &self.parameters[..]);
        let due = || program.nodes.iter().enumerate().filter(|(_, node)| node.op.derived() > 0);
        let members = self.team.size().min(due().count().max(1));
        let derived = Shares::new(&mut self.derived);
        self.team.each(members, |member| {
            // Dealt out one by one: large layers tend to be neighbours.
            for (index, node) in due().skip(member).step_by(members) {
                // SAFETY: every node is refreshed by one member, and has an array of its own.
                let own = unsafe { derived.get(index) };
                node.op.refresh(parameters, own, wanted == Current::All);
            }
        });
        self.current = wanted;
    }

    /// Loss over the batch and its gradient, which stays in the lanes. `plan` is that of `samples.len()` rows.
    pub fn differentiate(&mut self, data: &Data<T>, samples: &Samples, plan: &Plan, loss: &dyn Loss<T>) -> f64 {
        let _flush = FlushGuard::new();
        self.prepare(plan, true);
        self.refresh(Current::All);
        let (program, members) = (&self.program, self.team.size().min(plan.lanes));
        let shared = Shared {
            path: self.path,
            parameters: &self.parameters,
            derived: &self.derived,
            state: &self.state,
            training: !self.frozen,
        };
        let (spaces, lanes) = (Shares::new(&mut self.spaces), Shares::new(&mut self.lanes));
        self.team.each(members, |member| {
            // SAFETY: one workspace for each member.
            let space = unsafe { spaces.get(member) };
            for index in plan.lanes * member / members..plan.lanes * (member + 1) / members {
                // SAFETY: the members' ranges of lanes do not overlap.
                let lane = unsafe { lanes.get(index) };
                lane.loss = 0.0;
                for (turn, chunk) in plan.lane(index).enumerate() {
                    let (from, to) = plan.chunk(chunk);
                    let samples = samples.part(from, to);
                    let input = data.input(program, &samples, space);
                    let mut chunk = Chunk::new(program, samples.len(), input, space);
                    forward(program, &shared, &mut chunk);
                    let slopes = Cell::new([0.0; MOST_TRAINED]);
                    lane.loss += evaluate(program, &shared, &mut chunk, samples, plan.rows, loss, Some(&slopes));
                    for (own, slope) in lane.gradient[program.coefficients.clone()].iter_mut().zip(slopes.get()) {
                        let before = if turn == 0 { T::ZERO } else { *own };
                        *own = before + T::from_f64(slope);
                    }
                    backward(program, &shared, &mut chunk, &mut lane.gradient, turn == 0, |_, _| {});
                }
                program.nodes.iter().for_each(|node| node.op.finish(&mut lane.gradient));
            }
        });
        self.used_lanes = plan.lanes;
        self.lanes[..plan.lanes].iter().map(|lane| lane.loss).sum()
    }

    /// Loss over `samples` by forward passes only.
    pub fn loss(&mut self, data: &Data<T>, samples: &Samples, loss: &dyn Loss<T>) -> f64 {
        let plan = Plan::of(&self.program, samples.len(), loss.needs());
        let mut parts = vec![0.0; plan.chunks];
        let shares = Shares::new(&mut parts);
        self.each_chunk(data, samples, &plan, |program, shared, chunk, index, samples| {
            let part = evaluate(program, shared, chunk, samples, plan.rows, loss, None);
            // SAFETY: every chunk is visited once.
            unsafe { *shares.get(index) = part };
        });
        parts.iter().sum()
    }

    /// The first of `samples` at which an operation or `loss` has no finite value though what it takes is finite, in words.
    pub fn fault(&mut self, data: &Data<T>, samples: &Samples, loss: Option<&dyn Loss<T>>) -> Option<String> {
        let plan = Plan::new(&self.program, samples.len()).even();
        let found: Mutex<Option<(usize, String)>> = Mutex::new(None);
        self.each_chunk(data, samples, &plan, |program, shared, chunk, _, samples| {
            let of_layers = program.nodes.iter().find_map(|node| node.op.fault(shared, &node.wiring, chunk));
            let of_loss = || {
                let values = chunk.value(program.output);
                let (path, coefficients) = (shared.path, &shared.parameters[program.coefficients.clone()]);
                let (block, samples, batch) = (program.output_block(), samples.clone(), plan.rows);
                let copies = chunk.copies;
                loss?.fault(&Outputs { path, block, values, copies, samples, batch, coefficients, slopes: None })
            };
            let Some((place, what)) = of_layers.or_else(of_loss) else { return };
            let place = samples.get(place);
            let mut found = found.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if found.as_ref().is_none_or(|(first, _)| place < *first) {
                *found = Some((place, what));
            }
        });
        let found = found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let label = |place| loss.map_or_else(|| format!("sample {place}"), |loss| loss.label(place));
        found.map(|(place, what)| format!("{what}, at {}", label(place)))
    }

    /// The outputs for `samples`, row-major, without padding; of a jet the values only.
    pub fn outputs(&mut self, data: &Data<T>, samples: &Samples) -> Vec<T> {
        let plan = Plan::new(&self.program, samples.len());
        let block = self.program.output_block();
        let mut outputs = vec![T::ZERO; samples.len() * block.size()];
        let shares = Shares::new(&mut outputs);
        self.each_chunk(data, samples, &plan, |program, _, chunk, index, _| {
            let (from, to) = plan.chunk(index);
            // SAFETY: chunks do not overlap, and each is visited once.
            let into = unsafe { shares.slice(from * block.size(), (to - from) * block.size()) };
            block.unpack(&chunk.value(program.output)[..chunk.points * block.sample()], into);
        });
        outputs
    }

    /// Values and derivatives by the input; the program carries first derivatives and perhaps a sum of second ones.
    pub fn derivatives(&mut self, data: &Data<T>, samples: &Samples) -> Derivatives<T> {
        let jets = self.program.options.jets.as_ref().expect("a program that carries jets");
        let (d, second) = (jets.dimensions, jets.plain().expect("first derivatives, and a sum").is_some());
        let plan = Plan::new(&self.program, samples.len());
        let (n, block) = (samples.len(), self.program.output_block());
        let size = block.size();
        let zeros = |length: usize| vec![T::ZERO; length];
        let mut result = Derivatives {
            value: zeros(n * size),
            gradient: zeros(n * size * d),
            second: zeros(if second { n * size } else { 0 }),
        };
        let value = Shares::new(&mut result.value);
        let gradient = Shares::new(&mut result.gradient);
        let sums = Shares::new(&mut result.second);
        self.each_chunk(data, samples, &plan, |program, _, chunk, index, _| {
            let (from, to) = plan.chunk(index);
            let mut groups = chunk.value(program.output).chunks_exact(chunk.points * block.sample());
            let mut next = || groups.next().expect("a group for each copy");
            // SAFETY: chunks do not overlap, and each is visited once.
            let (value, gradient) = unsafe {
                (value.slice(from * size, (to - from) * size), gradient.slice(from * size * d, (to - from) * size * d))
            };
            block.unpack(next(), value);
            for j in 0..d {
                for (row, into) in next().chunks_exact(block.lead).zip(gradient.chunks_exact_mut(block.width * d)) {
                    (0..block.width).for_each(|o| into[o * d + j] = row[o]);
                }
            }
            if second {
                // SAFETY: as above.
                block.unpack(next(), unsafe { sums.slice(from * size, (to - from) * size) });
            }
        });
        result
    }

    /// The gradient of `direction . outputs` by the inputs, sample by sample: `[n, ...input]` for a direction
    /// `[...output]` that all samples share, or one direction for each. The program was compiled with
    /// `input_gradient`.
    pub fn input_gradient(&mut self, data: &Data<T>, samples: &Samples, directions: &[T]) -> Vec<T> {
        let plan = Plan::new(&self.program, samples.len());
        self.prepare(&plan, true);
        self.refresh(Current::All);
        let (output, input) = (self.program.output_block(), self.program.input_block());
        let mut result = vec![T::ZERO; samples.len() * input.size()];
        let shares = Shares::new(&mut result);
        self.each_chunk(data, samples, &plan, |program, shared, chunk, index, _| {
            let (from, to) = plan.chunk(index);
            let size = output.size();
            let above = chunk.gradient_mut(program.output);
            for (i, above) in above.chunks_exact_mut(output.sample()).enumerate() {
                let first = if directions.len() == size { 0 } else { (from + i) * size };
                output.pack(&directions[first..first + size], above);
            }
            output.clear_padding(above);
            let mut unused = program.new_arena();
            backward(program, shared, chunk, &mut unused, true, |_, _| {});
            // SAFETY: chunks do not overlap, and each is visited once.
            let into = unsafe { shares.slice(from * input.size(), (to - from) * input.size()) };
            input.unpack(chunk.gradient(super::op::Slot(0)), into);
        });
        result
    }

    /// A forward pass over every chunk, then `visit(program, shared, chunk, its index, its samples)`, on the team.
    pub fn each_chunk(
        &mut self,
        data: &Data<T>,
        samples: &Samples,
        plan: &Plan,
        visit: impl Fn(&Program<T>, &Shared<T>, &mut Chunk<T>, usize, Samples) + Sync,
    ) {
        let _flush = FlushGuard::new();
        self.prepare(plan, false);
        self.refresh(Current::Forward);
        let (program, members) = (&self.program, self.team.size().min(plan.chunks));
        let shared = Shared {
            path: self.path,
            parameters: &self.parameters,
            derived: &self.derived,
            state: &self.state,
            training: false,
        };
        let (spaces, control) = (Shares::new(&mut self.spaces), &self.control);
        self.team.each(members, |member| {
            // SAFETY: one workspace for each member.
            let space = unsafe { spaces.get(member) };
            for index in plan.chunks * member / members..plan.chunks * (member + 1) / members {
                if control.is_aborted() {
                    return;
                }
                let (from, to) = plan.chunk(index);
                let samples = samples.part(from, to);
                let input = data.input(program, &samples, space);
                let mut chunk = Chunk::new(program, samples.len(), input, space);
                forward(program, &shared, &mut chunk);
                visit(program, &shared, &mut chunk, index, samples);
            }
        });
    }

    /// Sums the lanes of the last [`differentiate`](Self::differentiate) and updates the parameters.
    pub fn update(&mut self, optimizer: &dyn Update<T>) {
        let _flush = FlushGuard::new();
        while self.moments.len() < optimizer.moments() {
            self.moments.push(self.program.new_arena());
        }
        let factor = optimizer.clip().map_or(T::ONE, |longest| T::from_f64(clip_factor(longest, self.gradient_norm())));
        if let Some(whole) = optimizer.whole() {
            return self.update_whole(whole, factor);
        }
        let (path, lanes) = (self.path, &self.lanes[..self.used_lanes]);
        let length = self.parameters.len();
        let parameters = Shares::new(&mut self.parameters);
        let mut moments: [Option<Shares<T>>; 4] = [const { None }; 4];
        for (share, moment) in moments.iter_mut().zip(&mut self.moments) {
            *share = Some(Shares::new(moment));
        }
        let count = optimizer.moments();
        self.team.run(length.div_ceil(PART), |part| {
            let (from, to) = (part * PART, (part * PART + PART).min(length));
            let mut sum = [T::ZERO; PART];
            let sum = &mut sum[..to - from];
            T::dispatch(path, SumLanes { lanes, from, factor, sum });
            // SAFETY: parts do not overlap.
            let parameters = unsafe { parameters.slice(from, to - from) };
            let mut own: [&mut [T]; 4] = Default::default();
            for (own, share) in own.iter_mut().zip(moments.iter().flatten()) {
                // SAFETY: as above.
                *own = unsafe { share.slice(from, to - from) };
            }
            optimizer.apply(path, parameters, sum, &mut own[..count]);
        });
        self.current = Current::Nothing;
    }

    /// The same by an update that sees whole tensors, of a gradient multiplied by `factor`.
    fn update_whole(&mut self, optimizer: &dyn Whole<T>, factor: T) {
        let mut sum = self.program.new_arena();
        let lanes = &self.lanes[..self.used_lanes];
        T::dispatch(self.path, SumLanes { lanes, from: 0, factor, sum: &mut sum });
        let gradient = self.program.unpack(&sum);
        let mut parameters = self.flat_parameters();
        let mut moments: Vec<Vec<T>> = self.moments.iter().map(|moment| self.program.unpack(moment)).collect();
        optimizer.apply(self.path, &mut self.team, &mut parameters, &gradient, &mut moments);
        self.set_flat_parameters(&parameters);
        for (flat, moment) in moments.iter().zip(&mut self.moments) {
            self.program.pack(flat, moment);
        }
    }

    /// The gradient of the last [`differentiate`](Self::differentiate), in the arena's order.
    pub fn gradient(&self) -> Buffer<T> {
        let mut sum = self.program.new_arena();
        let lanes = &self.lanes[..self.used_lanes];
        T::dispatch(self.path, SumLanes { lanes, from: 0, factor: T::ONE, sum: &mut sum });
        sum
    }

    /// Moves the running statistics by those of the last [`differentiate`](Self::differentiate), whose batch was one chunk
    /// where the program has any.
    pub fn observe(&mut self) {
        for node in &self.program.nodes {
            node.op.observe(&self.spaces[0].caches[node.wiring.cache], &mut self.state);
        }
    }

    /// Adds to number `i` of parameter `parameter` in the gradient of the last [`differentiate`](Self::differentiate).
    pub fn add_to_gradient(&mut self, parameter: usize, i: usize, slope: f64) {
        let place = self.program.placements[parameter].index(i);
        self.lanes[0].gradient[place] += T::from_f64(slope);
    }

    fn gradient_norm(&self) -> f64 {
        self.gradient().iter().map(|x| x.to_f64() * x.to_f64()).sum::<f64>().sqrt()
    }
}

/// All operations forward.
pub fn forward<T: Scalar>(program: &Program<T>, shared: &Shared<T>, chunk: &mut Chunk<T>) {
    for node in &program.nodes {
        node.op.forward(shared, &node.wiring, chunk);
    }
}

/// The chunk's part of the loss, and with `slopes` its gradient by the output and by its own coefficients.
fn evaluate<T: Scalar>(
    program: &Program<T>,
    shared: &Shared<T>,
    chunk: &mut Chunk<T>,
    samples: Samples,
    batch: usize,
    loss: &dyn Loss<T>,
    slopes: Option<&Cell<[f64; MOST_TRAINED]>>,
) -> f64 {
    let block = program.output_block();
    let copies = chunk.copies;
    let (values, gradient) = chunk.output(slopes.is_some());
    let (path, coefficients) = (shared.path, &shared.parameters[program.coefficients.clone()]);
    let outputs = Outputs { path, block, values, copies, samples, batch, coefficients, slopes };
    match gradient {
        None => loss.evaluate(&outputs, None),
        Some(gradient) => {
            let part = loss.evaluate(&outputs, Some(&mut *gradient));
            block.clear_padding(gradient);
            part
        }
    }
}

/// All operations backward, from the gradient of the output on. `look` sees every operation before it runs: the
/// gradient of its output is complete then.
pub fn backward<T: Scalar>(
    program: &Program<T>,
    shared: &Shared<T>,
    chunk: &mut Chunk<T>,
    gradient: &mut [T],
    fresh: bool,
    mut look: impl FnMut(usize, &Chunk<T>),
) {
    for (index, node) in program.nodes.iter().enumerate().rev().filter(|(_, node)| node.backward) {
        look(index, chunk);
        let wiring: &Wiring = &node.wiring;
        node.op.backward(shared, wiring, chunk, gradient, fresh);
    }
}

/// `sum = factor * (lane 0 + lane 1 + ...)`, from number `from` on.
struct SumLanes<'a, T: Scalar> {
    lanes: &'a [Lane<T>],
    from: usize,
    factor: T,
    sum: &'a mut [T],
}

impl<T: Scalar> Kernel<T> for SumLanes<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<V: Lanes<Elem = T>>(self) {
        for (v, into) in self.sum.chunks_exact_mut(T::LANES).enumerate() {
            let at = self.from + v * T::LANES;
            let sum = self.lanes.iter().fold(V::zero(), |sum, lane| sum + V::load(&lane.gradient[at..]));
            (sum * V::splat(self.factor)).store(into);
        }
    }
}
