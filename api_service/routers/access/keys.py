"""`/api/keys/`: who may use this gateway, and for what."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from api_service.dependencies import KeyServiceDep, RegistryDep, SiteOfKeys, site_meant
from api_service.schemas.access.keys import KeyList, KeyRequest, KeyRotation, NewKey

router = APIRouter(prefix="/api/keys", tags=["keys"])


@router.get("/")
async def list_keys(keys: KeyServiceDep, site: SiteOfKeys) -> KeyList:
    """All keys of the site, the newest first, without the keys themselves."""
    return await keys.keys(site)


@router.post("/", status_code=201)
async def create_key(
    body: KeyRequest, request: Request, keys: KeyServiceDep, registry: RegistryDep, response: Response
) -> NewKey:
    """Make a key. It is shown in this answer and never again."""
    site = site_meant(request, body.site)
    await registry.check(site)
    response.headers["Cache-Control"] = "no-store"
    return await keys.create(body, site)


@router.post("/{key_id}/rotate")
async def rotate_key(
    key_id: UUID, rotation: KeyRotation, keys: KeyServiceDep, site: SiteOfKeys, response: Response
) -> NewKey:
    """Give a key a new secret, shown in this answer alone; the old one stays valid for `grace_s` seconds."""
    response.headers["Cache-Control"] = "no-store"
    return await keys.rotate(str(key_id), rotation, site)


@router.delete("/{key_id}", status_code=204)
async def revoke_key(key_id: UUID, keys: KeyServiceDep, site: SiteOfKeys) -> None:
    """Revoke a key; it stays in the list."""
    await keys.revoke(str(key_id), site)
