"""Figures for /metrics: one registry of our own, and collectors that read plain integers when they are asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PREFIX = "dispatch_"


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One figure at the time of asking. Names are without our prefix; counters get their _total by themselves.

    Labels are few and bounded: a reason, a layer; never the id of a terminal, stream or person.
    """

    name: str
    value: float
    help: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["counter", "gauge"] = "counter"


Read = Callable[[], Iterable[Reading]]


class Counters:
    """What this process counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)  # memory, CPU time, open files
        self._dropped = self._counter("dropped", "What was dropped because a bound was reached.", ("where", "reason"))
        self._task_failures = self._counter("task_failures", "Background tasks that ended in an error.", ("task",))
        self._surprises = self._counter("surprises", "Exceptions that nobody expected.", ("where",))
        self._loop_lag = Histogram(
            f"{PREFIX}loop_lag_seconds",
            "How late the event loop was.",
            buckets=(0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
            registry=self.registry,
        )
        self._requests = Histogram(
            f"{PREFIX}http_request_seconds",
            "Time to the end of the answer.",
            ("method", "status"),
            buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )
        self._gauges: dict[str, Gauge] = {}

    def _counter(self, name: str, sentence: str, labels: tuple[str, ...]) -> Counter:
        return Counter(f"{PREFIX}{name}", sentence, labels, registry=self.registry)

    def dropped(self, where: str, reason: str, count: int = 1) -> None:
        """Something was dropped, and `where` names the queue, cache or rate that was full."""
        self._dropped.labels(where, reason).inc(count)

    def dropped_so_far(self, where: str, reason: str) -> int:
        value = self.registry.get_sample_value(f"{PREFIX}dropped_total", {"where": where, "reason": reason})
        return int(value or 0)

    def task_failed(self, task: str) -> None:
        self._task_failures.labels(task).inc()

    def surprised(self, where: str) -> None:
        self._surprises.labels(where).inc()

    def loop_was_late(self, seconds: float) -> None:
        self._loop_lag.observe(seconds)

    def request_answered(self, method: str, status: int, seconds: float) -> None:
        self._requests.labels(method, f"{status // 100}xx").observe(seconds)

    def gauge(self, name: str, sentence: str, read: Callable[[], float]) -> None:
        """A figure that is read when /metrics is."""
        gauge = Gauge(f"{PREFIX}{name}", sentence, registry=self.registry)
        gauge.set_function(read)
        self._gauges[name] = gauge

    def collect_from(self, read: Read) -> None:
        """Figures of a room that counts in plain integers; `read` is called for each scrape, on the loop."""
        self.registry.register(_Readings(read))

    def exposition(self) -> bytes:
        """All of it in Prometheus' text form."""
        return generate_latest(self.registry)


class _Readings(Collector):
    def __init__(self, read: Read) -> None:
        self._read = read

    def collect(self) -> Iterator[Metric]:
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for reading in self._read():
            family = families.get(reading.name)
            if family is None:
                kind = CounterMetricFamily if reading.kind == "counter" else GaugeMetricFamily
                labels = tuple(reading.labels)
                family = kind(f"{PREFIX}{reading.name}", reading.help or reading.name, labels=labels)
                families[reading.name] = family
            family.add_metric([str(value) for value in reading.labels.values()], reading.value)
        yield from families.values()
