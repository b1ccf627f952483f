"""Addresses of registration, delivery and invigilation."""

from django.urls import path

from . import delivery_urls
from .views import board, exam, home, receipt, registration, tickets

app_name = "candidates"

urlpatterns = [
    *delivery_urls.urlpatterns,
    path("exam/", home.home, name="home"),
    path("exam/sign-in", home.ticket_sign_in, name="ticket_sign_in"),
    path("exam/sign-out", home.ticket_sign_out, name="ticket_sign_out"),
    path("exam/worker.js", exam.worker, name="player_worker"),
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
    path("board/<int:pk>/sealed", board.board_sealed, name="board_sealed"),
]
