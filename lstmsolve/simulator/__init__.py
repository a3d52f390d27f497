"""Running cells: exactly in fractions, or batched in numpy floats. Both run `kernel.lstm.cells.step`.

Import `exact` and `batched` themselves; numpy is loaded only by the latter. `activations` is what all of numpy uses.
"""
