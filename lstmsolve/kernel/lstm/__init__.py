"""`cells.step` is the only definition of the LSTM cell; `symbolic` runs it on affine forms."""
