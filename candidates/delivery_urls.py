"""Addresses of the delivery protocol, the hottest first. `candidates.lane` resolves against this list alone."""

from django.urls import path

from .views import delivery

DELIVERY = "delivery/v1/attempts/<int:attempt>"

urlpatterns = [
    path(f"{DELIVERY}/save", delivery.save, name="delivery_save"),
    path("delivery/v1/sign-in", delivery.sign_in, name="delivery_sign_in"),
    path(f"{DELIVERY}", delivery.state, name="delivery_state"),
    path(f"{DELIVERY}/start", delivery.start, name="delivery_start"),
    path(f"{DELIVERY}/paper/<str:sha256>", delivery.paper, name="delivery_paper"),
    path(f"{DELIVERY}/command", delivery.command, name="delivery_command"),
    path(f"{DELIVERY}/world/<int:slot>", delivery.world, name="delivery_world"),
    path(f"{DELIVERY}/pulse", delivery.pulse, name="delivery_pulse"),
    path(f"{DELIVERY}/submit", delivery.submit, name="delivery_submit"),
    path(f"{DELIVERY}/late", delivery.late, name="delivery_late"),
]
