"""When to try again; pure."""

from dataclasses import dataclass
from datetime import timedelta

from editor.desk.sources import TEMPORARY

QUICK = (timedelta(seconds=5), timedelta(seconds=30))
SLOW = timedelta(hours=1)
LONGEST = timedelta(days=1)
# a round does not wait for a server that wants to be asked much later
LONG_WAIT = timedelta(minutes=10)


@dataclass(frozen=True)
class Again:
    """What follows a failure: `given_up` makes it show as failed, `wait` is the next try's."""

    given_up: bool
    wait: timedelta


def again(reason: str, attempts: int, retry_after: timedelta | None = None) -> Again:
    """Return what follows the failed attempt number `attempts` (from 1).

    Three quick attempts, then it counts as failed, at once when the server asks for a long wait;
    a passing reason is still tried slowly, so that a day's outage loses nothing.
    """
    asked = retry_after or timedelta()
    if reason not in TEMPORARY:
        return Again(True, LONGEST)
    if attempts <= len(QUICK):
        return Again(asked > LONG_WAIT, max(QUICK[attempts - 1], asked))
    slow = SLOW * 2 ** min(attempts - len(QUICK) - 1, 10)
    return Again(True, max(min(slow, LONGEST), asked))


def source_wait(
    reason: str, failures: int, interval: timedelta, retry_after: timedelta | None = None
) -> Again:
    """Return when a source that failed `failures` times in a row is read again.

    Quickly at first when the reason may pass, then after the interval, doubled per failure up
    to one day.
    """
    first = again(reason, failures, retry_after)
    if not first.given_up:
        return first
    doubled = interval * 2 ** min(failures, 10)
    return Again(True, max(min(doubled, LONGEST), interval, retry_after or timedelta()))
