"""What judges given weights: `prover` looks for modes that hold, `refuter` for a shortest run that fails."""
