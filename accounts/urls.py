"""Addresses of accounts: home, sign-in, administration, the style guide."""

from django.urls import path

from .views import home, sign_in, styleguide

app_name = "accounts"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("password", sign_in.password, name="password"),
    path("role", home.switch_role, name="switch_role"),
    path("preferences", home.preferences, name="preferences"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
]
