"""Every bench in turn, or those named: `python -m tests.bench [crawl] [print] [show] …`."""

import sys

from tests.bench import clustering, crawling, printing, showing, triage, triage_queries

BENCHES = {
    "crawl": crawling.run,
    "print": printing.run,
    "show": showing.run,
    "triage": triage_queries.run,
    "page": triage.run,
    "clustering": clustering.run,
}


def main() -> None:
    """Run the benches named on the command line, all by default."""
    for name in sys.argv[1:] or BENCHES:
        print(f"\n== {name}")
        for label, value in BENCHES[name]().items():
            print(f"{label:44} {value}")


if __name__ == "__main__":
    main()
