"""What verbs have in common: passes from a problem to an outcome, each one function that can be run alone.

    rechecking                  `checker` asked about a certificate: nothing is called proved before
    settling                    given weights proved or refuted
    searching                   classes of designs in a race, then polished and proved; weights built, or by descent
    confirming                  claims of impossibility asked a second time
    exploring                   all weights that keep the maps of a problem, and whether there are others
    judging, mending            a family against what is known of the solutions; the nearest change that works
    smooth                      sigmoid and tanh cells
    floats                      what holds where a proved design runs in floats
    files                       files of other tools, and which package an extra needs
    bounding, explaining        impossible at any size, by bounds; what to say of attempts that failed
    trusting                    which lines a certificate needs

A verb (`api/*.py`) reads what it is given, runs passes, and knows no other verb.
"""
