"""What can be done with the organisation, and who may; each change is put on record by the room itself."""

from dispatch_server.identity.actions import register
from dispatch_server.identity.model import Role

READ = "org.read"
LIST_OFFICERS = "org.officer.list"
EXPORT = "org.export"
IMPORT = "org.import"
CHANGE_DEPARTMENT = "org.department.change"
CHANGE_OFFICER = "org.officer.change"
CHANGE_ITEM = "org.item.change"
CHANGE_DELEGATION = "org.delegation.change"

_KEEPER = frozenset({Role.SYSTEM_ADMIN})
_OF_OFFICERS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.OPERATOR, Role.EXPERT, Role.REVIEWER})

register(READ, "see departments, enforcement items and who delegated them", frozenset(Role))
register(LIST_OFFICERS, "see officers and their certificates", _OF_OFFICERS)
register(EXPORT, "export the organisation", _KEEPER)
register(IMPORT, "import the organisation", _KEEPER)
register(CHANGE_DEPARTMENT, "create, change, move and close departments", _KEEPER)
register(CHANGE_OFFICER, "enter and change officers and their certificates", _KEEPER)
register(CHANGE_ITEM, "enter and change enforcement items", _KEEPER)
register(CHANGE_DELEGATION, "enter and change delegations", _KEEPER)
