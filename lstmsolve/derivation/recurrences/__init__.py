"""A case as a checked system of recurrences.

systems         what is declared: inputs, parameters, signals, loss
declarations    the tables of a case to names with indices
promises        what inputs add up to
judging         what a formula may say
causality       what is read ahead of time
ordering        no circles at one time step
validation      all of it: a case to a `System`
"""
