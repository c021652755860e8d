"""What is said when another host does not take what it is given."""

from dispatch_server.kit.errors import LocalFault


class HostAway(LocalFault):
    """It did not take what it was given; it is offered again."""

    def __init__(self, sentence: str) -> None:
        super().__init__("host_away", sentence)
