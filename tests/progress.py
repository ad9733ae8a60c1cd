"""What a command's progress bars count, told by the bars themselves."""

import pytest
from click._termui_impl import ProgressBar


def follow_progress(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, int | None]]:
    """Let bars believe in a terminal, and return how far each went of how much, by its label, as they end."""
    ended: dict[str, tuple[int, int | None]] = {}
    start, finish = ProgressBar.__enter__, ProgressBar.render_finish

    def begin(bar: ProgressBar[object]) -> ProgressBar[object]:
        bar._is_atty = True
        return start(bar)

    def note(bar: ProgressBar[object]) -> None:
        ended[bar.label] = (bar.pos, bar.length)
        finish(bar)

    monkeypatch.setattr(ProgressBar, "__enter__", begin)
    monkeypatch.setattr(ProgressBar, "render_finish", note)
    return ended
