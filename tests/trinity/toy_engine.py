"""An engine in one file, as docs/extend.md says: workers are threads of this process.

There is nothing to gain by it; it shows that another crew is all that another engine needs.
"""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from forge.trinity.engines import Kind
from forge.trinity.engines.channel import Channel


class Threads:
    """A thread for each worker."""

    bytes_exchanged = 0
    pids = ()

    def __init__(self):
        self._threads, self._replies = [], {}

    def cores(self):
        return 2

    def start(self, begin, arguments, setup):
        self._threads = [ThreadPoolExecutor(1) for _ in arguments]
        self._answers = [
            thread.submit(begin, setup, *more)
            for thread, more in zip(self._threads, arguments, strict=True)
        ]

    def __len__(self):
        return len(self._threads)

    def send(self, number, *request):
        def job():
            return self._answers[number].result()(*request)

        self._replies[number] = self._threads[number].submit(job)

    def receive(self, number):
        return self._replies.pop(number).result()

    def answered(self, numbers, timeout=None):
        numbers = list(numbers)
        done = wait([self._replies[each] for each in numbers], timeout, FIRST_COMPLETED).done
        return [each for each in numbers if self._replies[each] in done]

    def replace(self, numbers):
        """A thread never dies alone."""

    def stack(self, number):
        return ""

    def end(self, patience=0):
        for thread in self._threads:
            thread.shutdown(cancel_futures=True)
        self._threads, self._replies = [], {}


ENGINE = Kind(Threads, Channel)
