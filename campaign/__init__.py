"""A campaign against the package: random cases and answers through every verb, judged by an outside oracle.

    python -m campaign --seconds 60 --jobs 2 --seed 0       look for false verdicts, crashes and broken limits
    python -m campaign --reproduce 0-123                    one trial again, with its files

`oracle/` says what is true and imports nothing of the package; `draw/` writes cases, weights and derivations;
`trials/` run one of them through the command line and compare. `smooth/` is a campaign of its own on sigmoid and
tanh nets. Only `tool` and `smooth.asking` know the package.
"""
