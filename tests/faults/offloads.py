"""Switches off what a real card would do later: over a veth pair, frames would otherwise arrive unfinished."""

import array
import fcntl
import socket
import struct

SIOCETHTOOL = 0x8946
# Set commands of checksums (both ways), segmentation (TCP, UDP, generic) and joining.
COMMANDS = (0x17, 0x15, 0x1F, 0x21, 0x24, 0x2C)


def switch_off(interface: str) -> None:
    """On the end where a program sends: there the checksum is left out and frames are left long."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command in COMMANDS:
            value = array.array("B", struct.pack("II", command, 0))
            request = struct.pack("16sP", interface.encode(), value.buffer_info()[0])
            try:
                fcntl.ioctl(control, SIOCETHTOOL, request)
            except OSError:
                continue  # this kernel does not know the switch, so it is off
