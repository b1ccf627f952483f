"""Addresses of registration, delivery and invigilation."""

from django.urls import path

from .views import delivery

app_name = "candidates"

DELIVERY = "delivery/v1/attempts/<int:attempt>"

urlpatterns = [
    path("delivery/v1/sign-in", delivery.sign_in, name="delivery-sign-in"),
    path(f"{DELIVERY}", delivery.state, name="delivery-state"),
    path(f"{DELIVERY}/start", delivery.start, name="delivery-start"),
    path(f"{DELIVERY}/paper/<str:sha256>", delivery.paper, name="delivery-paper"),
    path(f"{DELIVERY}/save", delivery.save, name="delivery-save"),
    path(f"{DELIVERY}/command", delivery.command, name="delivery-command"),
    path(f"{DELIVERY}/world/<int:slot>", delivery.world, name="delivery-world"),
    path(f"{DELIVERY}/pulse", delivery.pulse, name="delivery-pulse"),
    path(f"{DELIVERY}/submit", delivery.submit, name="delivery-submit"),
    path(f"{DELIVERY}/late", delivery.late, name="delivery-late"),
]
