"""Random cases, weights and derivations: each a function of its random numbers and of nothing else."""
