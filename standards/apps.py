from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StandardsConfig(AppConfig):
    name = "standards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.enums import Role
        from accounts.home import register_card
        from accounts.nav import register_nav

        from .home import drafts_card
        from .queries.editions import READERS

        register_nav(
            *READERS, label=_("标准"), url_name="standards:list", icon="tree", group="standards", order=10
        )
        register_nav(
            Role.KEEPER,
            label=_("导入标准"),
            url_name="standards:import",
            icon="upload",
            group="standards",
            order=20,
        )
        register_card(Role.KEEPER, drafts_card)
