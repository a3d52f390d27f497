"""SMT-LIB 2: terms, and the queries of an induction."""
