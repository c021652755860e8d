"""All routes of this room."""

from fastapi import APIRouter

from dispatch_server.devices import actions as actions  # entered before the routes that name them
from dispatch_server.devices.console_routes import register_routes, shift_routes
from dispatch_server.devices.parts import DeviceParts
from dispatch_server.devices.terminal_routes import terminal_routes, way_in_routes


def device_routes(parts: DeviceParts) -> tuple[APIRouter, ...]:
    return register_routes(parts), shift_routes(parts), way_in_routes(parts), terminal_routes(parts)
