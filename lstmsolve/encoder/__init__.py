"""Obligations to z3 terms, models to fractions. Nothing outside this folder imports z3.

Queries and answers are plain data (`queries`); `answer` runs in a worker process of its own.
"""

from lstmsolve.encoder.designs.queries import (
    WRITING,
    Design,
    DesignAnswer,
    DesignQuery,
    Logic,
    MapClass,
    NoDesign,
    RegistersQuery,
    Restoring,
    RestoringAnswer,
    RestoringQuery,
    Saying,
    SayingQuery,
    Shape,
    SignsQuery,
    Undecided,
)

ANSWER = "lstmsolve.encoder.designs.answer:answer"
"""What a worker runs on a `DesignQuery`. Importing it imports z3."""

SAY = "lstmsolve.encoder.designs.saying:say"
"""What a worker runs on a `SayingQuery`."""

TELLING = "lstmsolve.encoder.strings.signs:telling_strings"
"""What a worker runs on a `SignsQuery`."""

__all__ = [
    "ANSWER",
    "SAY",
    "TELLING",
    "WRITING",
    "Design",
    "DesignAnswer",
    "DesignQuery",
    "Logic",
    "MapClass",
    "NoDesign",
    "RegistersQuery",
    "Restoring",
    "RestoringAnswer",
    "RestoringQuery",
    "Saying",
    "SayingQuery",
    "Shape",
    "SignsQuery",
    "Undecided",
]
