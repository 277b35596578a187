"""Facts on disk: immutable Parquet files, committed through the ledger's manifest."""

from auditor.lake.files import Disk, FileSystem
from auditor.lake.lake import Lake
from auditor.lake.landing import Landed, Landing
from auditor.lake.manifest import live_digests
from auditor.lake.schemas import MESSAGE, PARTY

__all__ = ["MESSAGE", "PARTY", "Disk", "FileSystem", "Lake", "Landed", "Landing", "live_digests"]
