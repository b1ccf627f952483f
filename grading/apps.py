from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GradingConfig(AppConfig):
    name = "grading"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Put grading into the navigation and onto the home pages."""
        from accounts.enums import Role
        from accounts.home import register_card
        from accounts.nav import register_nav

        entries: list[tuple[tuple[Role, ...], Any, str, str, int]] = [
            ((Role.MARKER,), _("阅卷"), "marking_home", "mark", 10),
            ((Role.ARBITER,), _("仲裁"), "arbitration_home", "scale", 20),
            ((Role.EXAMINER,), _("成绩"), "exam_results", "score", 30),
            ((Role.EXAMINER,), _("证书"), "certificate_list", "certificate", 40),
            ((Role.CANDIDATE,), _("我的成绩"), "my_results", "score", 30),
            ((Role.CANDIDATE,), _("我的证书"), "my_certificates", "certificate", 40),
            ((Role.OFFICER,), _("本校成绩"), "school_results", "score", 30),
            ((Role.OFFICER,), _("本校证书"), "school_certificates", "certificate", 40),
            ((Role.OFFICER, Role.ADMIN), _("接口文档"), "api_docs", "link", 60),
        ]
        for roles, label, url_name, icon, order in entries:
            register_nav(
                *roles, label=label, url_name=f"grading:{url_name}", icon=icon, group="grading", order=order
            )
        from . import home

        register_card(Role.MARKER, home.marking_card)
        register_card(Role.ARBITER, home.arbitration_card)
        register_card(Role.EXAMINER, home.release_cards)
        register_card(Role.CANDIDATE, home.candidate_cards)
        register_card(Role.OFFICER, home.officer_cards)
