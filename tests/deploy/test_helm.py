"""The Helm chart, rendered by helm and held against Kubernetes' own schemas."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from api_service.metrics import QUEUE_JOBS
from shared import VERSION
from shared.settings import Settings

CHART = Path(__file__).parents[2] / "deploy/helm/askwatt"
HELM = shutil.which("helm")
KUBERNETES = "1.33"
OTHERS = ("keda.sh/", "monitoring.coreos.com/")  # kinds that Kubernetes' own schemas do not know
MORE = """
ingress: {enabled: true}
gateway: {autoscaling: {enabled: false}}
workers:
  - name: gpu
    replicas: 4
    gpus: 1
    device: cuda
    resources: {requests: {cpu: "1"}, limits: {memory: 8Gi}}
    autoscaling: {enabled: true, min: 1, max: 4, jobsPerWorker: 32}
  - name: cpu
    replicas: 2
    gpus: 0
    device: cpu
    resources: {requests: {cpu: "4"}, limits: {memory: 8Gi}}
    autoscaling: {enabled: false}
"""


def rendered(values: str, folder: Path) -> list[dict[str, Any]]:
    if HELM is None:
        pytest.skip("no helm")
    (folder / "values.yaml").write_text(values)
    command = [HELM, "template", "site", str(CHART), "--values", str(folder / "values.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def named(documents: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    (found,) = [d for d in documents if (d["kind"], d["metadata"]["name"]) == (kind, name)]
    return found


def pod_of(document: dict[str, Any]) -> dict[str, Any]:
    pod: dict[str, Any] = document["spec"]["template"]["spec"]
    return pod


@pytest.mark.parametrize("values", ["{}", MORE, "networkPolicy: {enabled: false}"])
def test_chart_is_valid_by_kubernetes_schemas(values: str, tmp_path: Path) -> None:
    documents = rendered(values, tmp_path)
    assert len(documents) >= 6
    for document in documents:
        if not document["apiVersion"].startswith(OTHERS):
            kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_chart_runs_one_worker_a_gpu_without_a_way_to_the_database(tmp_path: Path) -> None:
    documents = rendered(MORE, tmp_path)
    (worker,) = pod_of(named(documents, "Deployment", "site-worker-gpu"))["containers"]
    assert worker["resources"]["limits"]["nvidia.com/gpu"] == 1
    (on_cpu,) = pod_of(named(documents, "Deployment", "site-worker-cpu"))["containers"]
    assert "nvidia.com/gpu" not in on_cpu["resources"]["limits"]
    assert "DATABASE_URL" not in {variable["name"] for variable in worker["env"]}
    policy = named(documents, "NetworkPolicy", "site-worker")["spec"]
    assert {port["port"] for rule in policy["egress"] for port in rule["ports"]} == {53, 6379}


def test_chart_scales_by_a_metric_that_the_gateway_serves(tmp_path: Path) -> None:
    documents = rendered(MORE, tmp_path)
    scaled = named(documents, "ScaledObject", "site-worker-gpu")["spec"]
    assert scaled["scaleTargetRef"]["name"] == "site-worker-gpu"
    (sample,) = QUEUE_JOBS.collect()
    assert scaled["triggers"][0]["metadata"]["query"] == f"max({sample.name})"
    assert "replicas" not in named(documents, "Deployment", "site-worker-gpu")["spec"]
    assert named(documents, "Deployment", "site-worker-cpu")["spec"]["replicas"] == 2
    budgets = {d["metadata"]["name"] for d in documents if d["kind"] == "PodDisruptionBudget"}
    assert budgets == {"site-gateway", "site-worker-gpu", "site-worker-cpu"}


def test_chart_pods_are_hardened_probed_and_know_only_settings(tmp_path: Path) -> None:
    documents = rendered(MORE, tmp_path)
    pods = [pod_of(d) for d in documents if d["kind"] in {"Deployment", "Job"}]
    assert len(pods) == 4
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert {variable["name"].lower() for variable in container["env"]} <= set(Settings.model_fields)
            secret = [v for v in container["env"] if v["name"].endswith("_URL")]
            assert secret
            assert all("secretKeyRef" in variable["valueFrom"] for variable in secret)
    for name in ("site-gateway", "site-worker-gpu"):
        (container,) = pod_of(named(documents, "Deployment", name))["containers"]
        assert {"startupProbe", "livenessProbe"} <= set(container)
    migrate = named(documents, "Job", "site-migrate")
    assert "pre-upgrade" in migrate["metadata"]["annotations"]["helm.sh/hook"]


def test_chart_serves_the_names_that_reach_it_and_lets_ingress_and_prometheus_in(tmp_path: Path) -> None:
    documents = rendered(
        "ingress: {enabled: true, host: e.example.org}\nsettings: {ALLOWED_HOSTS: x.org}", tmp_path
    )
    (gateway,) = pod_of(named(documents, "Deployment", "site-gateway"))["containers"]
    environment = {variable["name"]: variable.get("value") for variable in gateway["env"]}
    assert [variable["name"] for variable in gateway["env"]].count("ALLOWED_HOSTS") == 1
    hosts = Settings(allowed_hosts=environment["ALLOWED_HOSTS"]).allowed_hosts
    local = "site-gateway.default.svc"
    assert hosts == (
        "x.org",
        "e.example.org",
        "site-gateway",
        "site-gateway.default",
        local,
        f"{local}.cluster.local",
    )
    (rule,) = named(documents, "NetworkPolicy", "site-gateway")["spec"]["ingress"]
    (expression,) = rule["from"][1]["namespaceSelector"]["matchExpressions"]
    assert expression["values"] == ["ingress-nginx", "monitoring"]


def test_chart_metrics_are_scraped_with_a_key_under_the_job_of_the_alerts(tmp_path: Path) -> None:
    documents = rendered("metrics: {serviceMonitor: {enabled: true, labels: {release: prom}}}", tmp_path)
    monitor = named(documents, "ServiceMonitor", "site-gateway")
    service = named(documents, "Service", "site-gateway")
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["authorization"]["credentials"] == {"name": "askwatt-metrics", "key": "key"}
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    rules = (CHART.parents[1] / "prometheus/askwatt.rules.yml").read_text(encoding="utf-8")
    assert set(re.findall(r'job="(\w+)"', rules)) == {
        service["metadata"]["labels"][monitor["spec"]["jobLabel"]]
    }
    # A scrape by annotation has no key: it would be refused each time.
    template = named(documents, "Deployment", "site-gateway")["spec"]["template"]
    assert "annotations" not in template["metadata"]


@pytest.mark.parametrize(
    ("model", "is_open"), [("bundled", False), ("/models/mine", False), ("google/flan-t5-base", True)]
)
def test_chart_worker_reaches_the_hub_for_a_model_of_the_hub_alone(
    model: str, is_open: bool, tmp_path: Path
) -> None:
    documents = rendered(f"settings: {{MODEL_NAME: {model}}}", tmp_path)
    policy = named(documents, "NetworkPolicy", "site-worker")["spec"]
    assert ({"port": 443} in [port for rule in policy["egress"] for port in rule["ports"]]) == is_open


def test_chart_has_the_version_of_the_project() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["version"] == chart["appVersion"] == VERSION
    project = (CHART.parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^version = "(.*)"$', project, re.MULTILINE)[1] == VERSION  # type: ignore[index]
