"""The editor names tasks by their dotted string; the workers must have them."""

import pytest

from editor.store.queue import QUEUES, Task


@pytest.fixture(scope="module")
def registered(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZHAIBIAN_DATA", str(tmp_path_factory.mktemp("data")))
        patch.setenv("ZHAIBIAN_SECRET_KEY", "a test's own key")
        from workers.app import celery

        celery.loader.import_default_modules()
        return celery.tasks


@pytest.mark.parametrize("task", Task)
def test_every_named_task_is_registered_by_the_workers(task, registered):
    assert task.value in registered


def test_every_task_has_a_queue():
    assert set(QUEUES) == set(Task)
