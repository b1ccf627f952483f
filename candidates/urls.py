"""Addresses of registration, delivery and invigilation."""

from django.urls import path

from .views import board, delivery, exam, home, receipt, registration, tickets

app_name = "candidates"

DELIVERY = "delivery/v1/attempts/<int:attempt>"

urlpatterns = [
    path("delivery/v1/sign-in", delivery.sign_in, name="delivery_sign_in"),
    path(f"{DELIVERY}", delivery.state, name="delivery_state"),
    path(f"{DELIVERY}/start", delivery.start, name="delivery_start"),
    path(f"{DELIVERY}/paper/<str:sha256>", delivery.paper, name="delivery_paper"),
    path(f"{DELIVERY}/save", delivery.save, name="delivery_save"),
    path(f"{DELIVERY}/command", delivery.command, name="delivery_command"),
    path(f"{DELIVERY}/world/<int:slot>", delivery.world, name="delivery_world"),
    path(f"{DELIVERY}/pulse", delivery.pulse, name="delivery_pulse"),
    path(f"{DELIVERY}/submit", delivery.submit, name="delivery_submit"),
    path(f"{DELIVERY}/late", delivery.late, name="delivery_late"),
    path("exam/", home.home, name="home"),
    path("exam/sign-in", home.ticket_sign_in, name="ticket_sign_in"),
    path("exam/sign-out", home.ticket_sign_out, name="ticket_sign_out"),
    path("exam/<int:attempt>", exam.player, name="player"),
    path("exam/<int:attempt>/lease", exam.lease, name="lease"),
    path("exam/<int:attempt>/receipt", receipt.receipt, name="receipt"),
    path("candidates/", registration.candidate_list, name="candidate_list"),
    path("candidates/import", registration.roster_import, name="roster_import"),
    path("candidates/template.csv", registration.roster_template, name="roster_template"),
    path("registrations/", registration.session_list, name="session_list"),
    path("registrations/<int:pk>", registration.session_registrations, name="session_registrations"),
    path("registrations/<int:pk>/tickets.pdf", tickets.tickets, name="tickets"),
    path("board/", board.board_list, name="board_list"),
    path("board/<int:pk>", board.board, name="board"),
    path("board/<int:pk>/seats", board.board_seats, name="board_seats"),
    path("board/<int:pk>/act", board.board_act, name="board_act"),
]
