"""Back-propagation: fast for the nets of the seed, and symbolic for any recurrence somebody writes down.

    sigmoid_net   Problem 6.1: forward, cross-entropy from logits, dL/dh[n], dL/dw[m]
    composition   Problem 6.2: a scalar composition and its derivative
    one_gate      Problem 6.3: δ_h, δ_o, δ_c and all six parameter gradients from ε[n]
    lstm          the cell of `kernel.lstm.cells`: BPTT through any of its activations
    elementary    the activations and their slopes, accurate where they saturate
    derivation    formulas derived, claimed formulas checked (sympy, mpmath)

The numeric modules need numpy alone, take batches, and state every shape. Import them themselves;
`derivation` is loaded only where it is used.
"""
