"""A spec as a table that a design keeps: its modes and steps, and coarser or richer tables of the same spec.

transitions                        the steps of the spec between modes
quotients, automata                modes and states that nobody can tell apart, merged
telling                            how many modes need codes of their own
unfolding                          the table as weights walk through it, mode by mode of spec and cell
sinks, ghosts, comparisons         other tables, on which more designs are found, or sooner
"""
