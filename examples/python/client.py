#!/usr/bin/env python3
"""A gRPC client for Storewatch. It sends a day of polls, makes a report and downloads it.

    pip install grpcio grpcio-tools
    python -m grpc_tools.protoc -I proto --python_out=stubs --grpc_python_out=stubs proto/storewatch/v1/*.proto
    STOREWATCH_API_KEY=sw_... PYTHONPATH=stubs python examples/python/client.py 127.0.0.1:50051 report.csv

STOREWATCH_CA_FILE is the PEM file of the CA that issued the server's certificate. Without it the connection is not
encrypted.
"""

import argparse
import hashlib
import os
import time
import uuid
from pathlib import Path

import grpc
from storewatch.v1 import common_pb2, ingestion_service_pb2, ingestion_service_pb2_grpc
from storewatch.v1 import reports_service_pb2, reports_service_pb2_grpc

API_KEY = os.environ.get("STOREWATCH_API_KEY")
CA_FILE = os.environ.get("STOREWATCH_CA_FILE")

OPTIONS = [
    # which calls are retried, and how
    ("grpc.service_config", (Path(__file__).parent.parent / "service-config.json").read_text()),
    # detect within 30 s that the server is gone
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # reconnect within 5 s when the server is back
    ("grpc.max_reconnect_backoff_ms", 5_000),
]

# Sent with every call.
METADATA = [("authorization", f"Bearer {API_KEY}")] if API_KEY else []

# Temporary failures: the server restarts or is busy.
TEMPORARY = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.DEADLINE_EXCEEDED}


def connect(address):
    if CA_FILE is None:
        return grpc.insecure_channel(address, OPTIONS)
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(Path(CA_FILE).read_bytes()), OPTIONS)


class Retries:
    """Retries after temporary failures, up to 20 times without progress."""

    def __init__(self):
        self.failures = 0

    def progressed(self):
        self.failures = 0

    def run(self, work):
        while True:
            try:
                return work()
            except grpc.RpcError as error:
                self.failures += 1
                if error.code() not in TEMPORARY or self.failures == 20:
                    raise
                print(f"{error.code().name}: {error.details()}", flush=True)
                retry_after = dict(error.trailing_metadata() or ()).get("retry-after", "1")  # seconds, from the server
                time.sleep(float(retry_after))


def ingest(stub, batches, pause):
    """Sends batches in order. After a failure, resumes with the first batch that was not acknowledged."""
    acknowledged = 0
    retries = Retries()

    def requests(left):
        for polls in left:
            yield ingestion_service_pb2.IngestPollsRequest(polls=polls)
            time.sleep(pause)

    def rest():
        nonlocal acknowledged
        # grpcio takes the next request when flow control allows
        for answer in stub.IngestPolls(requests(batches[acknowledged:]), metadata=METADATA):
            acknowledged += 1
            retries.progressed()
            counts = f"{answer.accepted} accepted, {answer.duplicate} known, {answer.rejected} rejected"
            print(f"batch {acknowledged}: {counts}", flush=True)

    retries.run(rest)


def make_report(stub):
    """Waits until the report is complete. A retry of TriggerReport with the same request_id returns the same report."""
    request = reports_service_pb2.TriggerReportRequest(request_id=str(uuid.uuid4()))
    report = stub.TriggerReport(request, metadata=METADATA).report
    watch_request = reports_service_pb2.WatchReportRequest(report_id=report.report_id)

    def watch():
        nonlocal report
        for state in stub.WatchReport(watch_request, metadata=METADATA):
            report = state.report
            status = reports_service_pb2.ReportStatus.Name(report.status)
            print(f"{status}: {report.progress.stores_done} of {report.progress.stores_total} stores", flush=True)

    Retries().run(watch)
    if report.status != reports_service_pb2.REPORT_STATUS_COMPLETE:
        raise SystemExit(f"The report has failed: {report.message}")
    return report.report_id


def download(stub, report_id, file):
    """After a failure, resumes after the bytes received. The last message has the SHA-256 of the whole file."""
    digest = hashlib.sha256()
    offset, sha256 = 0, ""
    retries = Retries()

    with open(file, "wb") as out:

        def rest():
            nonlocal offset, sha256
            request = reports_service_pb2.DownloadReportRequest(report_id=report_id, offset=offset)
            for piece in stub.DownloadReport(request, metadata=METADATA):
                out.write(piece.data)
                digest.update(piece.data)
                offset += len(piece.data)
                sha256 = piece.summary.sha256
                retries.progressed()

        retries.run(rest)
    if digest.hexdigest() != sha256:
        raise SystemExit(f"{file} is damaged: expected SHA-256 {sha256}.")


def yesterday(store_id):
    """One poll per minute of yesterday, one batch per hour."""
    day = int(time.time()) // 86_400 - 1
    for hour in range(24):
        polls = []
        for minute in range(60):
            poll = ingestion_service_pb2.Poll(store_id=store_id, status=common_pb2.STORE_STATUS_ACTIVE)
            poll.polled_at.FromSeconds(day * 86_400 + hour * 3_600 + minute * 60)
            polls.append(poll)
        yield polls


def main():
    parser = argparse.ArgumentParser(description="Sends a day of polls, makes a report and downloads it.")
    parser.add_argument("address", nargs="?", default="127.0.0.1:50051")
    parser.add_argument("file", nargs="?", default="report.csv")
    parser.add_argument("--store", default="python-store")
    parser.add_argument("--pause", type=float, default=0, help="seconds between two batches")
    arguments = parser.parse_args()

    with connect(arguments.address) as channel:
        ingest(
            ingestion_service_pb2_grpc.IngestionServiceStub(channel),
            list(yesterday(arguments.store)),
            arguments.pause,
        )
        reports = reports_service_pb2_grpc.ReportsServiceStub(channel)
        report_id = make_report(reports)
        download(reports, report_id, arguments.file)
    print(f"Report {report_id} is in {arguments.file}.")


if __name__ == "__main__":
    main()
