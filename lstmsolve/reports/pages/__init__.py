"""One module a kind of page; `build` writes them all."""
