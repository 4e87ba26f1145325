"""The story of the demo, step by step, each on real interfaces, and the account of it at the end."""

import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from config.identifiers import AETitle
from gateway.billing import as_json, invoice
from gateway.demo.client import Client
from gateway.demo.hospital import AE_TITLE, Mailbox
from gateway.demo.second_read import SECOND_READ
from gateway.node import Node
from gateway.sender import send_files
from gateway.sites import SiteChange, add_site
from gateway.studies import list_studies, study_view
from sample_studies import SITES, Manifest, SampleStudy
from worklist.access.readers import add_licence, add_reader, set_password
from worklist.access.tokens import create_token

_ACTOR = "demo"
_PATIENCE_SECONDS = 240.0
_READ_SLUG = "ct-head"
_DECIDED = frozenset({"published", "held"})
_RESTING = _DECIDED | {"unmatched"}


class Story:
    """One run of the demo against a running node."""

    def __init__(self, console: Console, node: Node, manifest: Manifest, mailbox: Mailbox) -> None:
        self._console = console
        self._node = node
        self._manifest = manifest
        self._mailbox = mailbox
        self._tokens: dict[str, str] = {}
        self._account: list[tuple[bool, str]] = []

    def enrol(self, *, reader: str, password: str) -> None:
        """Enter the sites, the reader and the coordinator, as an admin does on the command line."""
        for site in SITES:
            change = SiteChange(
                ae_titles=(AETitle(site.ae_title),),
                display_name=site.display_name,
                country=site.country,
                return_ae=AETitle(AE_TITLE),
                return_host="127.0.0.1",
                return_port=self._mailbox.port,
            )
            add_site(self._node, site.name, change, actor=_ACTOR)
        clock = self._node.clock
        with self._node.reading.write() as session:
            add_reader(session, clock, name=reader, email="reader@example.org", specialty="neuroradiology")
            set_password(session, name=reader, password=password)
            for site in SITES:
                expires = clock().date().replace(year=clock().year + 2, day=1)
                add_licence(session, name=reader, jurisdiction=site.jurisdiction, expires=expires)
            self._tokens["reader"] = create_token(session, clock, role="reader", name=reader)
            self._tokens["coordinator"] = create_token(session, clock, role="coordinator", name="demo-coordinator")
        self._done(f"{len(SITES)} hospitals, a reader and a coordinator entered")

    def tell(self, *, dicom_port: int, http_port: int) -> bool:
        """Go all the way; return whether everything came out as it must."""
        url = f"http://127.0.0.1:{http_port}"
        self._done(f"the node is up: DICOM port {dicom_port}, {url}")
        coordinator, reader = (Client(url, self._tokens[role]) for role in ("coordinator", "reader"))
        try:
            self._file_cases(coordinator)
            self._push(dicom_port)
            self._upload(coordinator)
            self._show_studies(self._wait_for_pipeline(_RESTING))
            self._decide()
            self._check_dispositions(self._wait_for_pipeline(_DECIDED))
            self._show_worklist(reader)
            self._read(reader)
        finally:
            coordinator.close()
            reader.close()
        return self._sum_up()

    def _file_cases(self, coordinator: Client) -> None:
        for study in self._manifest.studies:
            if study.case is not None:
                coordinator.post(f"/intake/cases?site={study.site}", _json(study.case.read_text(encoding="utf-8")))
        self._done(f"{len(self._manifest.cases)} case reports filed over HTTP")

    def _push(self, port: int) -> None:
        pushed = [study for study in self._manifest.studies if study.door == "cstore"]
        total = sum(len(study.files) for study in pushed)
        refused = 0
        with self._progress() as progress:
            task = progress.add_task("C-STORE", total=total)
            for site in SITES:
                progress.update(task, description=f"C-STORE from {site.display_name}")
                result = send_files(
                    "127.0.0.1",
                    port,
                    called_ae=self._node.settings.dicom.ae_title,
                    calling_ae=site.ae_title,
                    files=[path for study in pushed if study.site == site.name for path in study.files],
                    on_progress=lambda _result: progress.advance(task),
                )
                refused += len(result.objects) - result.stored
        self._check(refused == 0, f"{total} objects pushed by {len(SITES)} hospitals over DICOM associations")

    def _upload(self, coordinator: Client) -> None:
        for study in self._manifest.studies:
            if study.door != "upload":
                continue
            files = [*study.files, *study.extra_files]
            upload = coordinator.upload_zip(study.site, files, study.folder)
            report = coordinator.wait_for_upload(upload, _PATIENCE_SECONDS)
            judged = sum(count for name, count in report["counts"].items() if name != "pending")
            self._check(
                len(report["files"]) == len(files) == judged,
                f"a zip with {len(files)} files uploaded over HTTP, a verdict on each: {_words(report['counts'])}",
            )

    def _wait_for_pipeline(self, resting_states: frozenset[str]) -> list[dict[str, Any]]:
        expected = len(self._manifest.studies)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        with self._progress() as progress:
            task = progress.add_task("match, de-identify, verify, publish", total=expected)
            while True:
                with self._node.identity.read() as session:
                    studies = list_studies(session)
                resting = [study for study in studies if study["state"] in resting_states]
                progress.update(task, completed=len(resting))
                if len(resting) == expected or time.monotonic() > deadline:
                    return studies
                time.sleep(0.3)

    def _show_studies(self, studies: list[dict[str, Any]]) -> None:
        table = Table(title="Studies as the node knows them", title_justify="left", box=None, header_style="bold")
        for column in ("hospital", "modality", "state", "case", "objects", "in quarantine"):
            table.add_column(column)
        for study in studies:
            colour = {"published": "green", "unmatched": "yellow", "held": "yellow"}.get(study["state"], "white")
            table.add_row(
                study["site"],
                study["modality"],
                f"[{colour}]{study['state']}[/]",
                study["case"] or "-",
                str(study["instances"]),
                str(study["quarantined"] or "-"),
            )
        self._console.print(table)
        states = Counter(study["state"] for study in studies)
        linked = sum(study["case"] is not None for study in studies)
        expected = sum(study.expected_state == "matched" for study in self._manifest.studies)
        self._check(
            linked == expected, f"{linked} studies matched to their cases, {states['unmatched']} left to a person"
        )

    def _decide(self) -> None:
        """Do what a coordinator does on the command line: link a study to its likely case, release the others."""
        linked = released = 0
        with self._node.identity.read() as session:
            waiting = [study_view(session, study["study_uid"]) for study in list_studies(session, state="unmatched")]
        for study in waiting:
            if study["candidates"]:
                command = ["case", "match", study["candidates"][0]["case_number"], study["study_uid"]]
                linked += 1
            else:
                command = ["study", "release", study["study_uid"]]
                released += 1
            self._command(*command)
        expected = sum(study.expected_state == "unmatched" for study in self._manifest.studies)
        self._check(
            linked + released == expected, f"a coordinator linked {linked} study to its case and released {released}"
        )

    def _command(self, *words: str) -> None:
        self._console.print(f"  [dim]$ overread {' '.join(words)}[/]", highlight=False)
        home = str(self._node.settings.home)
        command = [sys.executable, "-m", "gateway.cli", *words, "--home", home]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own interpreter and arguments

    def _check_dispositions(self, studies: list[dict[str, Any]]) -> None:
        counted: Counter[str] = Counter()
        for study in studies:
            with self._node.identity.read() as session:
                counted.update(study_view(session, study["study_uid"])["dispositions"])
        total = sum(len(study.files) for study in self._manifest.studies)
        expected: Counter[str] = Counter()
        for sample in self._manifest.studies:
            expected.update(sample.expected_dispositions)
        well = counted == expected and sum(counted.values()) == total
        self._check(well, f"every one of the {total} sample objects has its disposition: {_words(counted)}")

    def _show_worklist(self, reader: Client) -> None:
        items = reader.get("/api/worklist?state=open&limit=100")["items"]
        table = Table(title="The reader's worklist", title_justify="left", box=None, header_style="bold")
        for column in ("patient", "modality", "body part", "description", "hospital", "case"):
            table.add_column(column)
        for item in items:
            patient = item["patient"]
            who = f"{patient['pseudonym']} {patient['sex'] or ''} {patient['age'] or ''}"
            cells = (who, item["modality"], item["body_part"], item["description"], item["site"], item["case_number"])
            table.add_row(*(str(cell or "-") for cell in cells))
        self._console.print(table)
        previews = sum(len(reader.fetch(f"/dicom-web/studies/{item['study_uid']}/thumbnail")) > 500 for item in items)
        self._check(
            bool(items) and previews == len(items), f"{len(items)} worklist items, {previews} previews rendered"
        )

    def _read(self, reader: Client) -> None:
        sample = self._manifest.study(_READ_SLUG)
        items = reader.get("/api/worklist?state=open&limit=100&modality=CT")["items"]
        item = next(each for each in items if each["study_uid"] == self._pseudonymous(sample))
        detail = reader.post(f"/api/worklist/{item['id']}/claim")
        series = max(detail["series"], key=lambda each: len(each["instances"]))
        image = series["instances"][len(series["instances"]) // 2]
        draft = {**SECOND_READ, "key_images": [{"sop_instance_uid": image["sop_instance_uid"], "frame": 1}]}
        reader.post(f"/api/worklist/{item['id']}/read", draft)
        signed = reader.post(f"/api/worklist/{item['id']}/sign")
        charge = signed["charge"]
        self._check(
            charge["amount_minor"] == 30000 and charge["currency"] == "USD",
            f"the read of the CT is signed; its charge is {charge['amount_minor'] / 100:.2f} {charge['currency']}",
        )
        sr, pdf = (reader.fetch(f"/api/reads/{signed['id']}/report.{kind}") for kind in ("dcm", "pdf"))
        self._check(
            sr[128:132] == b"DICM" and pdf.startswith(b"%PDF"),
            f"it exists as a DICOM SR ({len(sr) // 1024} kB) and a PDF ({len(pdf) // 1024} kB)",
        )
        self._check_return(sample)
        self._check_invoice(sample.site)

    def _check_return(self, sample: SampleStudy) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        with self._console.status("waiting for the answer to arrive at the hospital"):
            while len(received := self._mailbox.received()) < 2 and time.monotonic() < deadline:
                time.sleep(0.3)
        kinds = sorted(str(each.Modality) for each in received)
        named = all(
            str(each.PatientName) == sample.patient_name
            and each.StudyInstanceUID == sample.study_instance_uid
            and each.PatientID == sample.patient_id
            for each in received
        )
        self._check(
            kinds == ["DOC", "SR"] and named,
            "the hospital's storage SCP received the SR and the PDF under the original UIDs and name",
        )

    def _check_invoice(self, site: str) -> None:
        found = invoice(self._node, site, datetime.now(UTC).strftime("%Y-%m"))
        lines = as_json(found)["lines"]
        table = Table(title=f"Invoice {found.month} for {found.display_name}", title_justify="left", box=None)
        for column in ("read", "case", "description", "amount"):
            table.add_column(column)
        for line in found.lines:
            amount = f"{line.amount_minor / 100:.2f} {found.currency}"
            table.add_row((line.read or "-")[:12], line.case_number or "-", line.description, amount)
        self._console.print(table)
        self._check(
            len(lines) == 1 and found.total.amount_minor == 30000,
            f"one line on the invoice: {found.total}",
        )

    def _pseudonymous(self, sample: SampleStudy) -> str:
        from anonymizer import map_uid

        return map_uid(self._node.keys[self._node.keys.newest], site=sample.site, uid=sample.study_instance_uid)

    def _sum_up(self) -> bool:
        self._console.rule("[bold]Summary")
        for well, line in self._account:
            self._console.print(f"{'[green]✓[/]' if well else '[red]✗[/]'} {line}", highlight=False)
        well = all(each for each, _ in self._account)
        verdict = "[bold green]everything went all the way[/]" if well else "[bold red]something went wrong[/]"
        self._console.print(verdict)
        return well

    def _done(self, line: str) -> None:
        self._check(True, line)

    def _check(self, well: bool, line: str) -> None:
        self._account.append((well, line))
        self._console.print(f"{'[green]✓[/]' if well else '[red]✗[/]'} {line}", highlight=False)

    def _progress(self) -> Progress:
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        return Progress(*columns, console=self._console, transient=True)


def _words(counts: Any) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"


def _json(text: str) -> Any:
    import json

    return json.loads(text)
