"""Reads H.264 syntax elements from a bounded string of bits (ITU-T H.264 7.2 and 9.1)."""

from dispatch_server.kit.errors import MalformedPacket

LONGEST_CODE_ZEROS = 31  # ue(v) reaches 2**32 - 2


class BitReader:
    """Most significant bit first; running out of bits is MalformedPacket, never a guess."""

    __slots__ = ("_left", "_value")

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def read(self, count: int) -> int:
        """u(n): that many bits as one number."""
        self._left -= count
        if self._left < 0:
            raise MalformedPacket("the bit string ends too early")
        return self._value >> self._left & (1 << count) - 1

    def unsigned(self) -> int:
        """ue(v): an exponential Golomb code."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > LONGEST_CODE_ZEROS:
                raise MalformedPacket("an exponential Golomb code is too long")
        return (1 << zeros) - 1 + self.read(zeros)

    def signed(self) -> int:
        """se(v): 0, 1, -1, 2, -2 …"""
        code = self.unsigned()
        return (code + 1) // 2 if code & 1 else -(code // 2)
