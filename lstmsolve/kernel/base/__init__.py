"""Numbers, characters, errors and affine forms."""
