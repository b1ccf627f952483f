"""Addresses of accounts: home, sign-in, administration, the style guide."""

from django.urls import path

from .views import audit, home, keys, schools, sign_in, styleguide, users

app_name = "accounts"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("password", sign_in.password, name="password"),
    path("role", home.switch_role, name="switch_role"),
    path("preferences", home.preferences, name="preferences"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
    path("admin/users", users.user_list, name="user_list"),
    path("admin/users/new", users.user_create, name="user_create"),
    path("admin/users/<int:pk>", users.user_edit, name="user_edit"),
    path("admin/users/<int:pk>/password", users.user_reset_password, name="user_reset_password"),
    path("admin/schools", schools.school_list, name="school_list"),
    path("admin/schools/new", schools.school_create, name="school_create"),
    path("admin/schools/<int:pk>", schools.school_edit, name="school_edit"),
    path("admin/audit", audit.audit_log, name="audit_log"),
    path("keys", keys.key_list, name="key_list"),
    path("keys/new", keys.key_create, name="key_create"),
    path("keys/<int:pk>/rotate", keys.key_rotate, name="key_rotate"),
    path("keys/<int:pk>/revoke", keys.key_revoke, name="key_revoke"),
]
