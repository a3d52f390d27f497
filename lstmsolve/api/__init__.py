"""The verbs, for Python: each takes a problem or weights and returns a typed outcome.

    solving     solve            loading     load_case, load_family, load_weights, …
    verifying   verify           simulating  simulate
    checking    check, load_certificate                     regions     region
    families    family                                      marking     mark
    deriving    derive, load_derivation, shipped_derivations

Nothing is called solved or proved here before `checker.check` has accepted its certificate, and
nothing refuted before its run was replayed exactly. Each verb has its module, so that `check`
does not wait for what `solve` imports; `lstmsolve` itself offers them all.
"""
