"""What verbs have in common: passes from a problem to an outcome, each one function that can be run alone.

    rechecking                  `checker` asked about a certificate: nothing is called proved before
    settling                    given weights proved or refuted
    designing                   classes of designs in a race, then polished and proved
    constructing, descending    weights built from an automaton; weights by descent in floats (`descent_rounds`)
    confirming                  claims of impossibility asked a second time
    exploring                   all weights that keep the maps of a problem, and whether there are others
    judging                     a family against what is known of the solutions

A verb (`api/*.py`) reads what it is given, runs passes, and knows no other verb.
"""
