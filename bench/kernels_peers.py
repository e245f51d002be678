"""The rows of kernels.ts in Python: prints {"peer": seconds} for the row named on the command line."""

import json
import sys
import time


def best(run, repeats=5):
    run()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def tangents(row):
    import jax
    import jax.numpy as jnp
    import neural_tangents as nt
    from neural_tangents import stax

    key = jax.random.PRNGKey(0)
    if row.startswith("analytic"):
        act = stax.Relu() if row.endswith("relu") else stax.Erf()
        layers = [layer for _ in range(4) for layer in (stax.Dense(8, 1.4, 0.1), act)]
        kernel = jax.jit(lambda x: stax.serial(*layers, stax.Dense(1, 1.4, 0.1))[2](x, None, "ntk"))
        x = jax.random.normal(key, (3000, 784))
        return best(lambda: kernel(x).block_until_ready())
    width, depth, inputs, n = (512, 3, 1, 512) if row == "gram-512x3" else (256, 4, 2, 1000)
    layers = [layer for _ in range(depth) for layer in (stax.Dense(width, parameterization="standard"), stax.Relu())]
    init, apply, _ = stax.serial(*layers, stax.Dense(1, parameterization="standard"))
    _, params = init(key, (n, inputs))
    x = jax.random.normal(key, (n, inputs))
    implementation = nt.NtkImplementation.STRUCTURED_DERIVATIVES
    kernel = jax.jit(nt.empirical_ntk_fn(apply, implementation=implementation, vmap_axes=0))
    return best(lambda: kernel(x, None, params).block_until_ready(), 50)


def eigh(row):
    import torch

    n = int(row.split("-")[1])
    a = torch.randn(n, n, dtype=torch.float64)
    a = a + a.T
    return best(lambda: torch.linalg.eigh(a), 2)


if __name__ == "__main__":
    name = sys.argv[1]
    seconds = {}
    try:
        if name.startswith("eigh"):
            seconds["pytorch"] = eigh(name)
        elif name != "gram-20000":
            seconds["neuralTangents"] = tangents(name)
    except ImportError:
        pass
    print(json.dumps(seconds))
