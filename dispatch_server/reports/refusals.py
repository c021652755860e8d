"""What this room refuses, each with its stable code."""

from dispatch_server.kit.errors import Forbidden, Invalid


class TextUnsearchable(Invalid):
    def __init__(self) -> None:
        super().__init__("text_unsearchable", "There is no word in this text, or more than eight.")


class PlaceWrong(Invalid):
    def __init__(self) -> None:
        super().__init__("place_wrong", "A place has four edges: south below north, west before east.")


class PartyHidden(Forbidden):
    def __init__(self) -> None:
        super().__init__("not_permitted", "You may not search by who the party is.")
