"""Where jobs run: `servants` are the processes, `running` one command line, `dispatcher` all jobs, `quick` the rest."""
