"""What can be done with the organisation, and who may; each change is put on record by the room itself."""

from dispatch_server.identity.actions import Recorded, register
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

register(READ, "see departments, enforcement items and who delegated them", frozenset(Role), recorded=Recorded.NO)
register(LIST_OFFICERS, "see officers and their certificates", _OF_OFFICERS, recorded=Recorded.NO)
register(EXPORT, "export the organisation", _KEEPER, recorded=Recorded.BY_ROOM, fresh=True)
register(IMPORT, "import the organisation", _KEEPER, recorded=Recorded.BY_ROOM)
register(CHANGE_DEPARTMENT, "create, change, move and close departments", _KEEPER, recorded=Recorded.BY_ROOM)
register(CHANGE_OFFICER, "enter and change officers and their certificates", _KEEPER, recorded=Recorded.BY_ROOM)
register(CHANGE_ITEM, "enter and change enforcement items", _KEEPER, recorded=Recorded.BY_ROOM)
register(CHANGE_DELEGATION, "enter and change delegations", _KEEPER, recorded=Recorded.BY_ROOM)
