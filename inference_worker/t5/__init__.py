"""T5 on torch: weights, forward pass, caches, CPU kernels, CUDA graphs; implements the engine's Runner."""
