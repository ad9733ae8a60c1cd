"""What may be shown of a few people's answers, as it was promised to them before they answered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from survey_app.campaigns.rules import MIN_DISTRIBUTION, MIN_SHOWN


@dataclass(frozen=True)
class Reader:
    """Who reads (the agency's team, its quality lead, the client) and what people were promised: mode and disclosure.

    What both parties hold, a score sheet for one, shows what the client may see.
    """

    mode: str
    sees_names: bool = False
    is_client: bool = False
    disclosure: str = "overall"

    @classmethod
    def client(cls, mode: str, disclosure: str) -> "Reader":
        return cls(mode, is_client=True, disclosure=disclosure)

    @property
    def reads_each_answer(self) -> bool:
        """Tell whether single answers were promised to this reader: the team in the named mode, else the lead."""
        if self.is_client:
            return False
        return self.mode == "named" or (self.mode == "confidential" and self.sees_names)

    @property
    def reads_each_mark(self) -> bool:
        """Tell whether marks of however few people were promised: with their names, or to a client without names."""
        return self.reads_each_answer or (self.is_client and self.mode == "named" and self.disclosure == "marks")

    @property
    def reads_totals(self) -> bool:
        """Tell whether totals of any number of people were promised: a named client reads the overall results."""
        return self.mode == "named" or self.reads_each_answer

    def may_see_score(self, n_respondents: int) -> bool:
        return n_respondents == 0 or self.reads_totals or n_respondents >= MIN_SHOWN

    def may_see_marks(self, n_respondents: int) -> bool:
        """Tell whether each mark may be shown, and with it whatever tells how the marks are spread."""
        if self.is_client and self.disclosure != "marks":
            return False
        return self.reads_each_mark or n_respondents >= MIN_DISTRIBUTION

    def may_see_recommendation(self, n_respondents: int) -> bool:
        """Tell whether promoters less detractors may be shown: beside the sum, it tells the marks of a few."""
        if self.is_client and not self.reads_each_mark:
            return n_respondents >= MIN_DISTRIBUTION
        return self.may_see_score(n_respondents)

    def may_see_comments(self, n_respondents: int) -> bool:
        """Tell whether comments may be read: they go to the agency alone, and never to the client."""
        return not self.is_client and (self.reads_each_answer or n_respondents >= MIN_SHOWN)

    def may_see_split(self, n_part: int, *totals: int) -> bool:
        """Tell whether a part may be shown beside its wholes: what is left of each must be nobody, or enough people.

        Whoever knows the whole and one part knows the rest, and two waves minus each other are two such parts.
        """
        if self.reads_each_answer:
            return True
        rests = [n_part, *(total - n_part for total in totals)]
        return all(rest == 0 or rest >= MIN_SHOWN for rest in rests)

    def may_see_bounds_over(self, sizes: Mapping[str, int]) -> bool:
        """Tell whether interval and worst case of a score over roles may be shown: no role's mean may stay hidden.

        Score and bounds are two sums of the same few means: whoever knows both could work the hidden ones out.
        """
        return self.reads_each_mark or self.shown_parts(sizes) >= {key for key, n in sizes.items() if n}

    def shown_parts(self, sizes: Mapping[str, int]) -> frozenset[str]:
        """Return the parts of a whole that may be shown together, the whole being known.

        The parts that are too small are hidden; where what is hidden is still too few people, or a single part that
        a subtraction would give back, the next smallest part is hidden with them.
        """
        if self.reads_each_answer:
            return frozenset(sizes)
        rising = sorted((n, key) for key, n in sizes.items() if n)
        hidden = [key for n, key in rising if n < MIN_SHOWN]
        n_hidden = sum(sizes[key] for key in hidden)
        for n, key in rising:
            if not hidden or n_hidden >= MIN_SHOWN:
                break
            if key not in hidden:
                hidden.append(key)
                n_hidden += n
        return frozenset(sizes) - frozenset(hidden)


def may_show_mean(shown: Iterable[bool]) -> bool:
    """Tell whether a mean of lines may be shown: with one of them hidden, a subtraction would give it back."""
    return all(shown)
