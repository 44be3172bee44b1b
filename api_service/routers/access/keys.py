"""`/api/keys/`: who may use this gateway, and for what."""

from uuid import UUID

from fastapi import APIRouter, Response

from api_service.dependencies import KeyServiceDep
from api_service.schemas.access.keys import KeyList, KeyRequest, KeyRotation, NewKey

router = APIRouter(prefix="/api/keys", tags=["keys"])


@router.get("/")
async def list_keys(keys: KeyServiceDep) -> KeyList:
    """All keys, the newest first, without the keys themselves."""
    return await keys.keys()


@router.post("/", status_code=201)
async def create_key(request: KeyRequest, keys: KeyServiceDep, response: Response) -> NewKey:
    """Make a key. It is shown in this answer and never again."""
    response.headers["Cache-Control"] = "no-store"
    return await keys.create(request)


@router.post("/{key_id}/rotate")
async def rotate_key(key_id: UUID, rotation: KeyRotation, keys: KeyServiceDep, response: Response) -> NewKey:
    """Give a key a new secret, shown in this answer alone; the old one stays valid for `grace_s` seconds."""
    response.headers["Cache-Control"] = "no-store"
    return await keys.rotate(str(key_id), rotation)


@router.delete("/{key_id}", status_code=204)
async def revoke_key(key_id: UUID, keys: KeyServiceDep) -> None:
    """Revoke a key; it stays in the list."""
    await keys.revoke(str(key_id))
