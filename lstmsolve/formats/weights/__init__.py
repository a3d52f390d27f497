"""Weights as people write them: one reader for every command and for Python.

reading       a file, a text or a Python value to weights, whatever its shape
names         what people call a weight, and the weight that a wrong name may mean
cleaning      texts out of documents: LaTeX, other signs for minus, comments
literals      numbers, lists and tables in a text, with quotes of any kind
texts         `b_f = 1, w_o = -1, the rest 0`
tables        CSV, one weight a row or one a column
files         YAML and numpy's files
frameworks    arrays as torch, Keras, ONNX and Flax name them
finding       what was found, before shapes are known
assembling    what was found, to the weights of one cell
"""
