"""Files to model and back: TOML cases, JSON weights, certificates and results.

Whatever is wrong with a file ends in an `InputError` that names the file and every place in it.
"""
