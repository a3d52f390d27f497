"""Designs in floats: whether a run in float32, float16 or bfloat16 is the exact run.

    places      every step of a certificate: its region, c, h and x as forms, its gates' phases
    orderfree   the criterion: one step computes exactly, whatever the order of evaluation
    growth      how fast counts grow, and so for how many steps the criterion holds
    judging     a certificate in, a verdict for each format out
    failing     runs in floats that fail, in a stated order
    fixed       the nearest weights that are integers of 8 or 16 bits times a power of two for each tensor

A proof comes from the criterion alone; simulation supplies runs that fail and nothing else.
"""
