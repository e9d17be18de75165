"""What one tick costs at many concurrent rollouts: CPU, queries, bytes.

Why: the controller must keep up with a large cluster on a small machine, and must not load
the Prometheus it lives beside.
Never here: a cluster; Prometheus is played by another process, so that only our CPU counts.
"""

import multiprocessing
import resource
import statistics
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import msgspec

from controller.adapters.prometheus.settings import PrometheusSettings
from controller.adapters.prometheus.source import PrometheusSource
from controller.engine.workload import Workload
from controller.observe import Observer
from policies.load import load_text
from policies.model import Policy
from tests.fakes import KEY, FakePlatform, after, sight, workload

ROLLOUTS, PODS, TICKS = 200, 10, 8
INTERVAL_SECONDS = 15.0
EDGES = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf")
POLICY = """
apiVersion: rollctl/v1
kind: RolloutPolicy
metadata: {name: bench}
spec:
  workloads: {namespaces: [shop], kinds: [Deployment], selector: {}}
  analysis: {warmup: 1s, interval: 15s, limit: 30m, hold: 50%}
  metrics:
    - name: errors
      ratio: {bad: 'http_requests_total{code=~"5.."}', total: http_requests_total}
    - name: latency
      histogram: http_request_duration_seconds_bucket
    - name: memory
      gauge: process_resident_memory_bytes
      worse: higher
"""


class _Prometheus(BaseHTTPRequestHandler):
    """Answers every query with two samples for each series of each pod it names."""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = parse_qs(self.rfile.read(length).decode())
        body = msgspec.json.encode(_answer(form["query"][0], float(form["time"][0])))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silence."""


def _answer(query: str, now: float) -> object:
    metric = query.partition("{")[0]
    pods = query.partition('pod=~"')[2].partition('"')[0].split("|")
    edges = EDGES if metric.endswith("_bucket") else (None,)
    at = [now - INTERVAL_SECONDS / 2, now]
    series = []
    for pod in pods:
        for number, edge in enumerate(edges):
            labels = {"__name__": metric, "namespace": "shop", "pod": pod}
            labels |= {"le": edge} if edge else {"code": "200"}
            rate = 20.0 * (number + 1) / len(edges) * (0.01 if "5.." in query else 1.0)
            values = [[t, str(int(rate * t))] for t in at]
            series.append({"metric": labels, "values": values})
    return {"status": "success", "data": {"resultType": "matrix", "result": series}}


def _serve(port: "multiprocessing.Queue[int]") -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Prometheus)
    port.put(server.server_port)
    server.serve_forever()


def _policy() -> Policy:
    loaded = load_text(POLICY, "bench.yaml")
    (policy,) = loaded.policies
    return policy


def _held(number: int, policy: Policy, now: float) -> Workload:
    from controller.engine.advance import advance

    half = PODS // 2
    seen = workload("web:v2", {"web:v1": half, "web:v2": half}, desired_pods=PODS)
    seen = replace(
        seen,
        key=replace(KEY, name=f"web-{number}"),
        uid=f"{number:08d}",
        pods=tuple(replace(p, name=f"web-{number}-{p.name}") for p in seen.pods),
    )
    for _ in range(2):
        change = advance(sight(seen, policy, None, now))
        seen = after(seen, change) if change else seen
    return seen


def main() -> None:
    """Prints the cost of one tick."""
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    server = multiprocessing.Process(target=_serve, args=(ports,), daemon=True)
    server.start()
    source = PrometheusSource(PrometheusSettings(f"http://127.0.0.1:{ports.get()}"))
    policy, now = _policy(), time.time() - INTERVAL_SECONDS * (TICKS + 1)
    platform = FakePlatform(*(_held(n, policy, now) for n in range(ROLLOUTS)))
    observer = Observer(platform, source, 0.0)
    costs, queries, received = [], [], []
    for _ in range(TICKS):
        now += INTERVAL_SECONDS
        before = (time.process_time(), source.queries, source.received_bytes)
        _look_until_read(observer, platform, policy, now)
        costs.append(time.process_time() - before[0])
        queries.append(source.queries - before[1])
        received.append(source.received_bytes - before[2])
    server.terminate()
    observer.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"tick at {ROLLOUTS} rollouts x 3 metrics x {PODS} pods:")
    print(f"  CPU          {statistics.median(costs):.2f} s (median of {TICKS}, one a 15 s)")
    print(f"  queries      {queries[-1]} (one a rollout and input would be {4 * ROLLOUTS})")
    print(f"  received     {received[-1] / 1e6:.1f} MB")
    print(f"  peak memory  {peak:.0f} MB")


def _look_until_read(
    observer: Observer, platform: FakePlatform, policy: Policy, now: float
) -> None:
    """Looks again, as the loop would, until the windows that are due have been read."""
    while True:
        observer.look(platform.keys(), [policy], now)
        close = observer.next_close()
        if close is None or close > now:
            return


if __name__ == "__main__":
    main()
