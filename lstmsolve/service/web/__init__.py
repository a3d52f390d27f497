"""HTTP: `bodies` is what may be asked, `asking` makes questions of it, `routes` answer, `guards` stand before all."""
