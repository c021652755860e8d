"""The queue that drops its oldest."""

import threading

from terminals.newest import Newest


def test_the_oldest_goes_when_it_is_full() -> None:
    queue: Newest[int] = Newest(2)
    for number in range(5):
        queue.put(number)
    assert [queue.get(0), queue.get(0), queue.get(0)] == [3, 4, None]
    assert queue.dropped == 3


def test_whoever_waits_is_woken() -> None:
    queue: Newest[str] = Newest(1)
    thread = threading.Thread(target=queue.put, args=("picture",))
    thread.start()
    assert queue.get(5) == "picture"
    thread.join()
