"""Small sigmoid and tanh nets against small automata, by the thousand: `python -m campaign.smooth`.

`drawing` makes nets and automata, `oracle` runs them in float64 and in balls with an LSTM of its own,
`judging` holds a verdict against that. Only `asking` knows the package. Each trial is a call in this
process, as nets of three units are settled in less time than a command takes to start.
"""
