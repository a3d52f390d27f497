"""Matrix notation: formulas such as W h[n-1] + U x[n] + b written out in indices, before anything else reads them.

notation      what people write, as Python's parser can read it
reading       such a text to a formula with matrix products in it
tensors       shapes, and entries in indices
unfolding     a case with [shapes] as the same case without
"""
