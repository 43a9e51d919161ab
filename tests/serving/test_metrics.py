"""Prometheus' text format."""

import pytest

from mien.serving.metrics import Metrics


def values(metrics):
    lines = metrics.text().splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_times_are_cumulative_buckets():
    metrics = Metrics()
    for seconds in (0.004, 0.005, 0.3, 20.0):
        metrics.request("/v1/detect", 200, seconds)
    got = values(metrics)
    name = "mien_request_seconds"
    expected = {"0.005": 2, "0.25": 2, "0.5": 3, "10": 3, "+Inf": 4}
    for bound, number in expected.items():
        assert got[f'{name}_bucket{{route="/v1/detect",le="{bound}"}}'] == str(number)
    assert got[f'{name}_count{{route="/v1/detect"}}'] == "4"
    assert float(got[f'{name}_sum{{route="/v1/detect"}}']) == pytest.approx(20.309)
    assert got['mien_requests_total{route="/v1/detect",status="200"}'] == "4"


def test_counters_start_at_0_and_gauges_are_asked():
    metrics = Metrics()
    numbers = iter([1, 2.5])
    metrics.gauge("mien_streams", "Open streams.", lambda: next(numbers))
    assert values(metrics)["mien_faces_total"] == "0"
    metrics.count("mien_faces_total", 3)
    got = values(metrics)
    assert (got["mien_faces_total"], got["mien_streams"]) == ("3", "2.5")


def test_every_metric_has_a_help_and_a_type_before_its_values():
    metrics = Metrics()
    metrics.request("(none)", 404, 0.1)
    described = set()
    for line in metrics.text().splitlines():
        if line.startswith("# HELP"):
            described.add(line.split()[2])
        elif not line.startswith("#"):
            name = line.split("{")[0].split()[0]
            assert any(name in (one, f"{one}_bucket", f"{one}_sum", f"{one}_count")
                       for one in described)  # fmt: skip
    assert all(name.startswith("mien_") for name in described) and len(described) == 7


def test_asked_addresses_do_not_become_metrics(running):
    import httpx

    with running(net="lobonet") as server:
        with httpx.Client(base_url=server.url, trust_env=False, timeout=60, verify=False) as http:
            for number in range(30):
                http.get(f"/nothing-{number}")
            text = http.get("/metrics").text
    assert "nothing" not in text
    assert 'mien_requests_total{route="(none)",status="404"} 30' in text
