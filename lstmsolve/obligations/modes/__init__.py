"""Which joint states there are.

partitions    which coordinates take few values
abstraction   what holds in each mode: affine hulls and template bounds
histories     modes that remember the last steps (k-induction)
"""
