"""Files in: uploads that are imported in the background."""

import re
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import FileResponse

from api_service.dependencies import ImportJobsDep
from api_service.ingest.reporting.rejects import HEADER
from api_service.models import Import
from api_service.schemas.imports import (
    ImportForm,
    ImportJob,
    ImportList,
    ImportPreview,
    PreviewColumn,
    PreviewDevice,
)
from api_service.services.imports.jobs import Preview
from api_service.services.imports.preview import devices_of
from api_service.services.imports.request import ImportRequest
from shared.errors import InvalidInput

router = APIRouter(prefix="/api/imports", tags=["imports"])
Cursor = Annotated[str | None, Query(json_schema_extra={"pattern": "^[0-9]{1,9}$"})]
_CURSOR = re.compile(r"[0-9]{1,9}")
_INTERNAL = {"rejects_path", "rejects_bytes", "last", "counters", "names_in_order"}


@router.post("/", status_code=202, responses={200: {"model": ImportPreview}})
async def add_import(
    form: Annotated[ImportForm, Form()], jobs: ImportJobsDep, response: Response, dry_run: bool = False
) -> ImportJob | ImportPreview:
    """Take a file and import it in the background; with `dry_run` only say what would be understood."""
    request = _request(form)
    name = form.file.filename or "upload.csv"
    if dry_run:
        response.status_code = 200
        return _preview(await jobs.preview(form.file.file, name, request))
    job = _job(await jobs.add(form.file.file, name, request))
    response.headers["Location"] = f"/api/imports/{job.id}"
    return job


@router.get("/")
async def list_imports(
    jobs: ImportJobsDep, cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> ImportList:
    """Imports of uploads and of the command, newest first."""
    if cursor is not None and not _CURSOR.fullmatch(cursor):
        raise InvalidInput("cursor: not one that this server gave.")
    rows = await jobs.page(int(cursor) if cursor else None, limit + 1)
    more = str(rows[limit - 1].number) if len(rows) > limit else None
    return ImportList(items=[_job(row) for row in rows[:limit]], next_cursor=more)


@router.get("/{import_id}")
async def get_import(import_id: str, jobs: ImportJobsDep) -> ImportJob:
    """How an import stands."""
    return _job(await jobs.get(import_id))


@router.get(
    "/{import_id}/rejects", response_class=FileResponse, responses={200: {"content": {"text/csv": {}}}}
)
async def get_rejects(import_id: str, jobs: ImportJobsDep) -> Response:
    """The rejected lines as CSV: line, field, reason and raw text of each; the header alone if none was."""
    path = await jobs.rejects(import_id)
    if path is None:
        return Response(HEADER, media_type="text/csv")
    return FileResponse(path, media_type="text/csv", filename="rejects.csv")


@router.delete("/{import_id}", status_code=204)
async def undo_import(import_id: str, jobs: ImportJobsDep) -> None:
    """Stop an import and take out the readings that it stored."""
    await jobs.undo(import_id)


def _request(form: ImportForm) -> ImportRequest:
    fields = form.model_dump(exclude={"file", "mapping"})
    return ImportRequest(mapping=tuple(item for item in form.mapping if item), **fields)


def _job(row: Import) -> ImportJob:
    report = row.report or {}
    done = row.byte_offset / row.size_bytes if row.size_bytes else 0.0
    return ImportJob(
        id=row.id,
        file_name=row.file_name,
        state=row.state,
        progress=1.0 if row.state == "completed" else min(done, 1.0),
        accepted=row.accepted,
        duplicates=row.duplicates,
        conflicts=report.get("conflicts", 0),
        rejected=row.rejected,
        lines=report.get("lines", 0),
        created_at=row.created_at,
        updated_at=row.updated_at,
        error=report.get("error"),
        report={name: value for name, value in report.items() if name not in _INTERNAL},
    )


def _preview(found: Preview) -> ImportPreview:
    outcome, report = found.outcome, found.outcome.report
    return ImportPreview(
        columns=[PreviewColumn.model_validate(item, from_attributes=True) for item in found.columns],
        ignored=list(outcome.layout.ignored),
        devices=[PreviewDevice.model_validate(item) for item in devices_of(outcome)],
        rows_read=report.lines,
        rejected=report.rejected,
        rejects={sentence: tally.count for sentence, tally in report.rejects.items()},
        left_out={sentence: tally.count for sentence, tally in report.left_out.items()},
        warnings=[f"{tally.count} × {sentence}" for sentence, tally in report.warnings.items()],
        notes=list(outcome.layout.notes),
        timezone=outcome.timezone,
        command=found.command,
    )
