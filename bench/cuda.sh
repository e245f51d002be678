#!/usr/bin/env bash
# On a machine with an NVIDIA GPU: the test body on the card, the same under compute-sanitizer (memcheck, racecheck, synccheck),
# then this engine's times beside the peers' in one table. Without a GPU: the test body on the host, and what waits.
#
# bash bench/cuda.sh [folder for the results, default bench/cuda-results] ; PYTHON names a Python with PyTorch and JAX.
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-bench/cuda-results}
python=${PYTHON:-python3}
mkdir -p "$out"
note() { echo "$@" | tee -a "$out/summary.txt"; }
: >"$out/summary.txt"
cargo test --release -p nets-cuda --test engine --no-run 2>"$out/build.txt" || { cat "$out/build.txt"; exit 1; }
tests=$(sed -n 's/.*(\(target[^)]*engine-[^)]*\)).*/\1/p' "$out/build.txt" | tail -1)
card() { command -v nvidia-smi >/dev/null && nvidia-smi -L 2>/dev/null | grep -q GPU; }
if card; then
  export FPRINCIPLE_TEST_DEVICE=cuda
  note "$(nvidia-smi --query-gpu=name,driver_version,compute_cap,clocks.max.sm,memory.total --format=csv,noheader | head -1)"
else
  note 'There is no GPU here: the kernels are tested on the host; sanitizers and times wait for a card.'
fi
engine() { (cd crates/nets-cuda && "$@"); }
binary=$PWD/$tests
if engine "$binary" >"$out/tests.txt" 2>&1; then note 'test body: passed'; else note 'test body: FAILED, see tests.txt'; fi
if card; then
  sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda/bin/compute-sanitizer 2>/dev/null || true)
  if [ -n "$sanitizer" ]; then
    for tool in memcheck racecheck synccheck; do
      if engine "$sanitizer" --tool $tool --error-exitcode 9 "$binary" --test-threads 1 tiles_give a_sweep_over launches_of \
        >"$out/$tool.txt" 2>&1; then note "$tool: silent"; else note "$tool: REPORTS, see $tool.txt"; fi
    done
  else
    note 'compute-sanitizer is not here (it comes with the CUDA toolkit): not run.'
  fi
fi
for dtype in f32 f64; do
  cargo run --release -q -p nets-cuda --example speed -- cuda $dtype >"$out/speed-$dtype.txt" 2>&1 || note "speed $dtype: FAILED"
  { echo "== this engine, $dtype"; cat "$out/speed-$dtype.txt"; } >>"$out/summary.txt"
  if card && "$python" -c 'import torch, jax' 2>/dev/null; then
    "$python" bench/cuda_peers.py $([ $dtype = f64 ] && echo f64) >"$out/peers-$dtype.txt" 2>&1 || note "peers $dtype: FAILED"
    { echo "== peers, $dtype"; cat "$out/peers-$dtype.txt"; } >>"$out/summary.txt"
  fi
done
cat "$out/summary.txt"
