"""What the service answered, as values of this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from lstmsolve.kernel.base.errors import LstmSolveError
from lstmsolve.kernel.lstm.cells import Weights
from lstmsolve.kernel.records.weights import weights_from_record
from lstmsolve.model.outcomes import Proof

if TYPE_CHECKING:
    from pathlib import Path

    from lstmsolve.kernel.proofs.certificates import Impossibility
    from lstmsolve.kernel.proofs.horizons import HorizonCertificate
    from lstmsolve.service.client.connecting import Connection


class ServiceError(LstmSolveError):
    """The service did not answer: it is not there, refuses, or the job ended without a result."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status, where there is one."""


@dataclass(frozen=True)
class Answer:
    """The result of a job, and what it wrote."""

    id: str
    record: Mapping[str, object]
    """The result object, `lstmsolve/result/1`."""
    files: Mapping[str, int]
    """What it wrote, with sizes in bytes."""
    reused: bool
    """Was it found for somebody before?"""
    _service: Connection = field(repr=False, compare=False)

    @property
    def verdict(self) -> str | None:
        return cast("str | None", self.record["verdict"])

    @property
    def reason(self) -> str:
        return str(self.record["reason"])

    @property
    def weights(self) -> Weights | None:
        """The weights that were found or judged."""
        found = self.record["weights"]
        return None if found is None else weights_from_record(found)

    def certificate(self) -> Proof | HorizonCertificate | Impossibility | None:
        """The certificate, unchecked: `lstmsolve.check` re-proves it here, whoever found it.

        Raises:
            ServiceError: it cannot be fetched.
            InputError: it is none.
        """
        if "certificate.json" not in self.files:
            return None
        from lstmsolve.formats.files import parse_json
        from lstmsolve.kernel.records.certificates import certificate_from_record

        return certificate_from_record(parse_json(self.file("certificate.json").decode()))

    def file(self, name: str) -> bytes:
        """A file that the job wrote.

        Raises:
            ServiceError: there is none of this name.
        """
        return self._service.fetch(f"/api/jobs/{self.id}/files/{name}")

    def save(self, folder: str | Path) -> None:
        """Write the files that the command would have written, and what it was given.

        Raises:
            ServiceError: they cannot be fetched.
            InputError: they cannot be written.
        """
        import io
        import zipfile
        from pathlib import Path

        from lstmsolve.formats.files import write_bytes

        with zipfile.ZipFile(io.BytesIO(self._service.fetch(f"/api/jobs/{self.id}/folder.zip"))) as archive:
            for name in archive.namelist():
                if ".." not in Path(name).parts and not Path(name).is_absolute():
                    write_bytes(Path(folder) / name, archive.read(name))
