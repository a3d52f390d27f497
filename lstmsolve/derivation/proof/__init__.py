"""Is a formula 0 for all sizes?

pieces      sums in a form where equal ones look alike
atoms       formulas to sympy, equal things to the same symbol
promised    what inputs add up to, put in
proving     recurrences and definitions put in until sympy says 0
presence    is what a formula speaks of there?
casework    short nets, and the ends of long ones, each on their own
induction   closed forms
"""
