"""C99: types, code, test vectors, and an inductive harness."""
