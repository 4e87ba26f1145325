"""One frozen settings object, read once from `overread.toml` and `OVERREAD_*`, then handed in.

Every TOML key `[section] key` can be set by the environment as `OVERREAD_SECTION__KEY`; the environment wins. Unknown
keys are refused with their line and the nearest key that exists. No secret is a setting: keys live in files of their
own (`config.keys`).
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from config.errors import Malformed, Misconfigured
from config.identifiers import AETitle
from config.money import Money
from config.toml_source import read_toml, refuse_unknown_environment

TOML_NAME = "overread.toml"
MIB = 1024 * 1024

_T = TypeVar("_T")


def _checked(build: Callable[..., _T], *values: str) -> _T:
    """Build a value with a grammar; pydantic wants what is wrong with it as a ValueError."""
    try:
        return build(*values)
    except Malformed as error:
        raise ValueError(str(error)) from None


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Node(_Section):
    """Who this node is."""

    name: str = "Overread"
    language: Literal["en"] = "en"


class Dicom(_Section):
    """The DIMSE door."""

    host: str = "127.0.0.1"
    port: int = Field(default=11112, ge=0, le=65535)
    ae_title: str = "OVERREAD"
    tls_port: int = Field(default=2762, ge=0, le=65535)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None
    maximum_associations: int = Field(default=50, ge=1, le=1000)
    maximum_pdu_bytes: int = Field(default=131072, ge=16384, le=MIB)
    network_timeout_seconds: int = Field(default=60, ge=1)
    reserve_bytes: int = Field(default=1024 * MIB, ge=0)
    maximum_matches: int = Field(default=2000, ge=1, le=100_000)
    unlisted_sop_classes: bool = False
    processes: int = Field(default=0, ge=0, le=32)

    @field_validator("ae_title")
    @classmethod
    def _is_ae_title(cls, value: str) -> str:
        return _checked(AETitle, value).value


class Hl7(_Section):
    """The HL7 v2 door (MLLP); with port 0 there is none."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None
    character_set: str = Field(default="UNICODE UTF-8", max_length=40)
    maximum_connections: int = Field(default=50, ge=1, le=1000)
    maximum_message_bytes: int = Field(default=16 * MIB, ge=4096, le=256 * MIB)
    message_seconds: int = Field(default=60, ge=1)
    idle_seconds: int = Field(default=3600, ge=1)


class Http(_Section):
    """The HTTP door."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    secure_cookies: bool = False
    session_hours: int = Field(default=12, ge=1, le=168)
    maximum_connections: int = Field(default=500, ge=1, le=10_000)
    header_seconds: int = Field(default=20, ge=1, le=600)
    minimum_bytes_per_second: int = Field(default=1024, ge=1)
    slow_seconds: int = Field(default=30, ge=1, le=3600)
    body_hours: int = Field(default=12, ge=1, le=168)
    public_url: str | None = Field(default=None, pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$")


class Uploads(_Section):
    """Limits on what a bundle may be."""

    maximum_bytes: int = Field(default=8192 * MIB, ge=MIB)
    maximum_members: int = Field(default=50_000, ge=1)
    maximum_expanded_bytes: int = Field(default=32768 * MIB, ge=MIB)
    maximum_ratio: int = Field(default=200, ge=2)
    maximum_image_ratio: int = Field(default=1200, ge=2)
    ratio_allowance_bytes: int = Field(default=512 * MIB, ge=0)
    maximum_depth: int = Field(default=2, ge=0, le=5)
    maximum_folder_depth: int = Field(default=64, ge=1, le=256)
    maximum_header_bytes: int = Field(default=MIB, ge=64 * 1024)
    maximum_unpacking_memory_bytes: int = Field(default=256 * MIB, ge=MIB)
    resumable_hours: int = Field(default=48, ge=1, le=720)
    maximum_open: int = Field(default=20, ge=1, le=1000)


class Store(_Section):
    """A database of one zone."""

    database_url: str | None = None


class Blobs(_Section):
    """A blob store of one zone."""

    url: str | None = None


class Settle(_Section):
    """When a study counts as arrived."""

    quiet_seconds: float = Field(default=30.0, ge=0)
    released_seconds: float = Field(default=1.0, ge=0)


class Deidentify(_Section):
    """How studies are de-identified."""

    profile: str = "second-read"
    read_text: bool = True
    rules_alone: bool = False


class Worker(_Section):
    """What takes in and de-identifies; 0 processes: as many as suit the cores of the machine.

    A process that is at one object for longer than `object_minutes` is ended, and the object quarantined.
    """

    processes: int = Field(default=0, ge=0, le=32)
    object_minutes: float = Field(default=60, gt=0, le=1440)


class Matching(_Section):
    """When a study is linked to a case without asking a person.

    `look_alikes` says who decides where twins or relatives could show the same facts (docs/matching.md).
    """

    link_above: float = Field(default=0.98, gt=0.5, le=1)
    look_alikes: Literal["ask", "probability"] = "ask"
    ask_above: float = Field(default=0.2, ge=0, le=1)


class Viewer(_Section):
    """How images are served."""

    cache_bytes: int = Field(default=2048 * MIB, ge=0)


class Desk(_Section):
    """How the coordinators' desk counts and reminds."""

    goal_days: int = Field(default=7, ge=1)
    link_days: int = Field(default=14, ge=1, le=365)


class Worklist(_Section):
    """How second reads are handed out."""

    lease_minutes: int = Field(default=120, ge=1)
    require_licence: bool = False
    due_hours: int = Field(default=72, ge=1)


class Billing(_Section):
    """What a read costs where the site says nothing else."""

    rate: str = "300"
    currency: str = "USD"

    @model_validator(mode="after")
    def _is_money(self) -> Self:
        _checked(Money.parse, self.rate, self.currency)
        return self


class Returns(_Section):
    """How answers are sent back."""

    retry_seconds: float = Field(default=30.0, gt=0)
    retry_limit_seconds: float = Field(default=3600.0, gt=0)


class Log(_Section):
    """What the log says and how."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "console"] = "json"


class Settings(BaseSettings):
    """Every setting of a node; see `config/overread.toml` for what each means."""

    model_config = SettingsConfigDict(
        env_prefix="OVERREAD_", env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    home: Path
    node: Node = Node()
    dicom: Dicom = Dicom()
    hl7: Hl7 = Hl7()
    http: Http = Http()
    uploads: Uploads = Uploads()
    identity: Store = Store()
    reading: Store = Store()
    vault: Blobs = Blobs()
    published: Blobs = Blobs()
    settle: Settle = Settle()
    deidentify: Deidentify = Deidentify()
    worker: Worker = Worker()
    matching: Matching = Matching()
    desk: Desk = Desk()
    viewer: Viewer = Viewer()
    worklist: Worklist = Worklist()
    billing: Billing = Billing()
    returns: Returns = Returns()
    log: Log = Log()

    @field_validator("reading")
    @classmethod
    def _each_zone_has_a_database_of_its_own(cls, reading: Store, info: ValidationInfo) -> Store:
        identity = info.data.get("identity")
        if identity is not None and identity.database_url and identity.database_url == reading.database_url:
            raise ValueError("the two zones need a database each")
        return reading

    @classmethod
    def load(cls, home: Path | None = None) -> "Settings":
        """Read the settings of a home: defaults, then `overread.toml`, then the environment.

        Raises:
            Misconfigured: an unknown key, a value of the wrong kind, or a file that is not TOML.
        """
        folder = home_folder(home)
        values = read_toml(folder / TOML_NAME, cls)
        refuse_unknown_environment(os.environ, cls)
        try:
            return _with_toml(cls, values)(home=folder.resolve())
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise Misconfigured(f"the setting {key}: {first['msg']}") from None

    @property
    def identity_url(self) -> str:
        """Return the database of the identified zone."""
        return self.identity.database_url or f"sqlite:///{self.home / 'identity.sqlite'}"

    @property
    def reading_url(self) -> str:
        """Return the database of the reading zone."""
        return self.reading.database_url or f"sqlite:///{self.home / 'reading.sqlite'}"

    @property
    def vault_url(self) -> str:
        """Return the blob store of encrypted originals."""
        return self.vault.url or (self.home / "vault").as_uri()

    @property
    def published_url(self) -> str:
        """Return the blob store of de-identified instances."""
        return self.published.url or (self.home / "published").as_uri()

    @property
    def spool(self) -> Path:
        """Return the folder where the doors lay down what they received."""
        return self.home / "spool"

    @property
    def viewers(self) -> Path:
        """Return the folder where a viewer of others is unpacked."""
        return self.home / "viewers"

    @property
    def visits_file(self) -> Path:
        """Return the file in which the DIMSE door says who came last, and who was refused and why."""
        return self.spool / "visits.json"

    @property
    def door(self) -> Path:
        """Return the folder in which the receivers of the DIMSE door tell each other how much is taken."""
        return self.home / "run" / "door"

    @property
    def made(self) -> Path:
        """Return the folder of pictures and other things made of what is published; it may be emptied at any time."""
        return self.home / "made"

    @property
    def departures(self) -> Path:
        """Return the folder where a door says which deliveries have ended."""
        return self.spool / "departures"

    @property
    def commitments(self) -> Path:
        """Return the folder where requests for storage commitment and their answers lie."""
        return self.spool / "commitments"

    @property
    def peers_file(self) -> Path:
        """Return the file that tells the DIMSE door which AE titles belong to which site."""
        return self.home / "peers.json"


def home_folder(home: Path | None = None) -> Path:
    """Return the home that was asked for, else $OVERREAD_HOME, else ./overread-home."""
    return home or Path(os.environ.get("OVERREAD_HOME") or "overread-home")


def _with_toml(cls: type[Settings], values: dict[str, Any]) -> type[Settings]:
    """Return the settings class with the TOML values as its weakest source."""

    class FromHome(cls):  # type: ignore[misc, valid-type]
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, env_settings, InitSettingsSource(settings_cls, values)

    return FromHome
