"""What requests may say, and what answers look like: the schema of the OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

CaseText = Annotated[
    str,
    Field(
        max_length=2**20,
        description="The text of a case (TOML), or the name of a shipped one. Never a path.",
        examples=["nonzero-counter", '[input]\nx = [0, 1]\n[output]\nh = "x"\n'],
    ),
]
FamilyText = Annotated[str, Field(max_length=2**20, description="The text of a family, or the name of a shipped one.")]
Arithmetic: TypeAlias = Literal["exact", "float32", "float16", "bfloat16"]
Verified: TypeAlias = Literal["exact", "float32", "float16", "bfloat16", "int8", "int16"]


class Body(BaseModel):
    """Keys that nobody knows are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class File(Body):
    """A file as it is: its name says how it is read. Bytes that are no text go in `base64`."""

    name: str = Field(max_length=200, examples=["weights.json", "net.safetensors"])
    text: str | None = None
    base64: str | None = None


WeightsLike = Annotated[
    str | File | dict[str, Any],
    Field(
        union_mode="left_to_right",
        description="Weights in any form that the command line reads: a text, a table by name, or a file.",
        examples=["b_f=1, w_i=1, w_c=1, w_o=-1, b_o=1"],
    ),
]
Seconds = Annotated[
    float | None, Field(ge=0, le=1e8, description="Until it is given up; what the command takes if left out.")
]
Hidden = Annotated[int | None, Field(ge=1, le=20_000, description="Hidden size, in place of the case's own.")]
Seed = Annotated[int, Field(ge=0, le=2**31)]


class Solve(Body):
    case: CaseText | None = None
    regex: str | None = Field(None, max_length=10_000, description="A regular language in place of a case.")
    alphabet: str | None = Field(None, max_length=1_000)
    hidden: Hidden = None
    timeout: Seconds = None
    seed: Seed = 0
    objective: Literal["simplest", "tolerant", "first"] = "simplest"
    engine: Literal["auto", "linear", "nonlinear", "scipy", "construct"] = "auto"
    start: WeightsLike | None = Field(None, description="Repair these weights of a sigmoid and tanh cell: `--from`.")
    arithmetic: Arithmetic = "exact"


class Verify(Body):
    case: CaseText
    weights: WeightsLike
    timeout: Seconds = None
    max_length: int | None = Field(None, ge=1)
    nearest: bool = Field(False, description="If they are wrong: the smallest change of one weight that would do.")
    arithmetic: Verified = "exact"
    robust: str | None = Field(None, max_length=100)


class Region(Body):
    case: CaseText
    hidden: Hidden = None
    timeout: Seconds = None
    seed: Seed = 0
    others: bool = True


class FamilyBody(Body):
    case: CaseText
    family: FamilyText
    hidden: Hidden = None
    timeout: Seconds = None
    seed: Seed = 0


class Mark(Body):
    case: CaseText
    answers: list[File] = Field(min_length=1, max_length=1_000)
    timeout: Seconds = Field(None, description="Of each answer.")
    points: str | None = Field(None, max_length=100, examples=["10", "10,5"])


class Check(Body):
    certificate: str | dict[str, Any] = Field(description="A certificate: its text, or the object itself.")
    case: CaseText | None = None
    timeout: Seconds = None


class Derive(Body):
    case: CaseText
    timeout: Seconds = None
    seed: Seed = 0


class Simulate(Body):
    weights: WeightsLike
    inputs: str = Field(max_length=100_000, description="Steps between commas, columns between colons: 0,3,0.")
    case: CaseText | None = None
    arithmetic: Literal["exact", "float64", "float32", "float16", "bfloat16"] = "exact"


class Read(Body):
    case: CaseText
    weights: WeightsLike | None = None


class Slice(Body):
    case: CaseText
    family: FamilyText = Field(description="A region as a family: region.toml of a region's job.")
    weights: WeightsLike
    across: str = Field(max_length=100, examples=["w_o[0,0]"])
    upward: str = Field(max_length=100, examples=["b_o[0]"])


class Formulas(Body):
    latex: list[Annotated[str, Field(max_length=10_000)]] = Field(max_length=500)


class Export(Body):
    to: Literal["onnx", "onnx-step", "onnx-int8", "onnx-lstm", "torch", "safetensors", "c", "smtlib", "latex", "dot"]
    precision: Literal["float32", "float64"] = "float32"


class JobView(BaseModel):
    """A job. `result` is there when it is done, as the command line prints it."""

    id: str
    verb: str
    case: str
    state: Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]
    before: int | None = Field(None, description="Jobs before it, while it waits.")
    command: str = Field(description="The command that it is, for the files of its folder.")
    seconds: float
    created: float
    started: float | None
    ended: float | None
    reused: bool = Field(description="Was the same question answered before?")
    verdict: str | None
    error: str | None
    files: dict[str, int] = Field(description="What it wrote, with sizes in bytes.")
    result: dict[str, Any] | None = None


class JobLine(BaseModel):
    """A job in a list."""

    id: str
    verb: str
    case: str
    state: str
    created: float
    ended: float | None
    verdict: str | None


class Problem(BaseModel):
    """Why a request was refused."""

    error: str
    complaints: list[dict[str, Any]] | None = None
