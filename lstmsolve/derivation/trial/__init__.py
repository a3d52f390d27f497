"""The net on concrete numbers; nothing here knows the rules of `chain_rule`, `backward` apart.

arithmetic    floats or 50 digits, dual numbers over them, and what is undefined
evaluation    the value of a formula
drawing       random exact data
unrolled      one run of a net and its true derivatives
laboratory    several nets, on which claims are tried
backward      the derived recurrences at work, for plots and tests
"""
