"""Addresses of blueprints, assembly, forms, exams and sessions."""

from django.urls import path

from ..views import assembly, blueprints, exams, forms

urlpatterns = [
    path("blueprints/", blueprints.blueprint_list, name="blueprint_list"),
    path("blueprints/new", blueprints.blueprint_new, name="blueprint_new"),
    path("blueprints/propose", blueprints.blueprint_propose, name="blueprint_propose"),
    path("blueprints/create", blueprints.blueprint_create, name="blueprint_create"),
    path("blueprints/<int:pk>/", blueprints.blueprint_detail, name="blueprint_detail"),
    path("blueprints/<int:pk>/save", blueprints.blueprint_save, name="blueprint_save"),
    path("blueprints/<int:pk>/check", blueprints.blueprint_check, name="blueprint_check"),
    path("blueprints/<int:pk>/ready", blueprints.blueprint_ready, name="blueprint_ready"),
    path("blueprints/<int:pk>/copy", blueprints.blueprint_copy, name="blueprint_copy"),
    path("blueprints/<int:pk>/retire", blueprints.blueprint_retire, name="blueprint_retire"),
    path("blueprints/<int:pk>/assemble", assembly.assembly_start, name="assembly_start"),
    path("assembly/<int:pk>/", assembly.run_detail, name="run_detail"),
    path("assembly/<int:pk>/progress", assembly.run_progress, name="run_progress"),
    path("assembly/<int:pk>/status", assembly.run_status, name="run_status"),
    path("forms/", forms.form_list, name="form_list"),
    path("forms/compare", forms.form_compare, name="form_compare"),
    path("forms/<int:pk>/", forms.form_detail, name="form_detail"),
    path("forms/<int:pk>/freeze", forms.form_freeze, name="form_freeze"),
    path("forms/<int:pk>/retire", forms.form_retire, name="form_retire"),
    path("forms/<int:pk>/slots/<int:slot_pk>/swap", forms.slot_swap, name="slot_swap"),
    path("exams/", exams.exam_list, name="exam_list"),
    path("exams/new", exams.exam_new, name="exam_new"),
    path("exams/<int:pk>/", exams.exam_detail, name="exam_detail"),
    path("exams/<int:pk>/open", exams.exam_open, name="exam_open"),
    path("exams/<int:pk>/close", exams.exam_close, name="exam_close"),
    path("exams/<int:pk>/sessions/new", exams.session_new, name="session_new"),
    path("sessions/", exams.session_list, name="session_list"),
    path("sessions/<int:pk>/", exams.session_detail, name="session_detail"),
    path("sessions/<int:pk>/edit", exams.session_edit, name="session_edit"),
    path("sessions/<int:pk>/invigilators", exams.session_invigilators, name="session_invigilators"),
    path("sessions/<int:pk>/cancel", exams.session_cancel, name="session_cancel"),
]
