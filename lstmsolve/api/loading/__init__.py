"""What verbs are given, by path, by name or as Python values.

    cases      load_case, shipped_cases     weights    load_weights
    families   load_family                  beginning  case, new_case: what a case may be made of

Each kind has its module, so that a short answer does not wait for what it does not read.
"""
