"""What waits: cards on the home page, registered by the apps for a role in `AppConfig.ready`.

    from accounts.home import Card, register_card

    def items_in_review(user) -> Card:
        return Card(_("待审题目"), count, reverse("assessments:review_queue"), hint=_("按先后顺序审"))

    register_card(Role.REVIEWER, items_in_review)

A card function may return one Card, a list of Cards or None (nothing to show). It must be one cheap query.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.utils.translation import gettext_lazy as _

from .enums import Role

log = structlog.get_logger("home")


@dataclass(frozen=True)
class Card:
    """title: what waits; count: how many (None: no figure); tone: "", "warn" or "danger" when it presses;
    idle: shown quietly even if the count is not zero (a place to go rather than work that waits)."""

    title: Any
    count: int | None
    url: str = ""
    hint: Any = ""
    tone: str = ""
    icon: str = "next"
    idle: bool = False

    @property
    def waits(self) -> bool:
        return bool(self.count) and not self.idle


CardFunc = Callable[[Any], "Card | Sequence[Card] | None"]
_cards: dict[Role, list[CardFunc]] = {}


def register_card(role: Role, func: CardFunc) -> None:
    """Show the function's card(s) on the home of the role, in order of registration."""
    funcs = _cards.setdefault(role, [])
    if func not in funcs:
        funcs.append(func)


def cards_for(role: Role | None, user: Any) -> list[Card]:
    """The cards of a role: what waits first. A card that fails is logged and replaced by a notice."""
    cards: list[Card] = []
    for func in _cards.get(role, []) if role else []:
        try:
            made = func(user)
        except Exception:
            log.exception("home card failed", card=getattr(func, "__qualname__", repr(func)))
            made = Card(
                _("有一项暂时无法显示"), None, hint=_("其余不受影响，请稍后刷新。"), tone="warn", icon="warn"
            )
        if made is None:
            continue
        cards.extend([made] if isinstance(made, Card) else made)
    return sorted(cards, key=lambda card: not card.waits)
