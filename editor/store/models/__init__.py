"""Tables only. Moments (`x_at`) are aware UTC, days (`x_on`) are dates."""

from editor.store.models.base import Row, Setting, id_of, metadata
from editor.store.models.candidates import (
    Candidate,
    CandidateText,
    Cluster,
    DocumentMention,
    Picture,
    Printed,
    PrintedBand,
    SavedFilter,
    ShingleBand,
    Star,
)
from editor.store.models.collecting import (
    Capture,
    CrawlRun,
    Entry,
    Fetch,
    Hole,
    HostGate,
    Source,
    SourceProbe,
    Upload,
)
from editor.store.models.items import Finding, Item, ItemOrigin, Remark, Revision, Waiver
from editor.store.models.offices import Issue, IssueSection, Membership, Publication, User
from editor.store.models.publishing import Asset, Event, Export, PageEstimate, SignOff
from editor.store.models.searching import SearchDocument

__all__ = [
    "Asset",
    "Candidate",
    "CandidateText",
    "Capture",
    "Cluster",
    "CrawlRun",
    "DocumentMention",
    "Entry",
    "Event",
    "Export",
    "Fetch",
    "Finding",
    "Hole",
    "HostGate",
    "Issue",
    "IssueSection",
    "Item",
    "ItemOrigin",
    "Membership",
    "PageEstimate",
    "Picture",
    "Printed",
    "PrintedBand",
    "Publication",
    "Remark",
    "Revision",
    "Row",
    "SavedFilter",
    "SearchDocument",
    "Setting",
    "ShingleBand",
    "SignOff",
    "Source",
    "SourceProbe",
    "Star",
    "Upload",
    "User",
    "Waiver",
    "id_of",
    "metadata",
]
