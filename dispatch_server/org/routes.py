"""All routes of this room."""

from fastapi import APIRouter

from dispatch_server.org.department_routes import department_routes
from dispatch_server.org.file_routes import file_routes
from dispatch_server.org.files import OrgFiles
from dispatch_server.org.item_routes import delegation_routes, item_routes
from dispatch_server.org.officer_routes import officer_routes


def org_routes(files: OrgFiles) -> tuple[APIRouter, ...]:
    org = files.org
    return department_routes(org), officer_routes(org), item_routes(org), delegation_routes(org), file_routes(files)
