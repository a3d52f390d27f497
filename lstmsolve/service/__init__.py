"""The verbs as a service: a queue of jobs, HTTP, a page, and a client.

    jobs    questions, jobs and their states, the fair queue
    store   SQLite in the data folder: what was asked, how it ended, what it wrote
    lanes   the processes that answer, and how jobs come to them
    web     HTTP: endpoints, what may be asked and by whom
    page    what the browser gets: HTML, CSS and ES modules as they are
    client  `lstmsolve.connect`, standard library only

The service runs no verb itself. A job is a command line, which a process of `cli` runs in a folder of its own; so a
result says what that command would print, and its limits are that command's. Which module that process runs is told
by `cli`, and nothing here imports it.
"""
