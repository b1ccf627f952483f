"""Addresses of marking, results, certificates, public verification and the school API."""

from django.urls import include, path

from .api import api_urlpatterns
from .views import api_docs, certificates, marking, results, verify

app_name = "grading"
urlpatterns = [
    path("marking/", marking.marking_home, name="marking_home"),
    path("marking/next", marking.marking_next, name="marking_next"),
    path("marking/<int:task_id>/", marking.marking_task, name="marking_task"),
    path("marking/<int:task_id>/give-back", marking.give_back, name="give_back"),
    path("arbitration/", marking.arbitration_home, name="arbitration_home"),
    path("arbitration/next", marking.arbitration_next, name="arbitration_next"),
    path("arbitration/<int:task_id>/", marking.arbitration_task, name="arbitration_task"),
    path("arbitration/<int:task_id>/give-back", marking.give_back, name="arbitration_give_back"),
    path("results/", results.exam_results_list, name="exam_results"),
    path("results/exams/<int:exam_id>/", results.exam_result_table, name="exam_result_table"),
    path("results/exams/<int:exam_id>/results.csv", results.exam_result_csv, name="exam_result_csv"),
    path("results/exams/<int:exam_id>/release", results.release_request, name="release_request"),
    path("results/<int:result_id>/", results.result_detail, name="result_detail"),
    path(
        "results/attempts/<int:attempt_id>/slots/<int:slot_id>/override",
        results.override,
        name="override",
    ),
    path("releases/<int:release_id>/approve", results.release_approve, name="release_approve"),
    path("releases/<int:release_id>/reject", results.release_reject, name="release_reject"),
    path("my/results/", results.my_results, name="my_results"),
    path("my/results/<int:result_id>/", results.my_result, name="my_result"),
    path("my/certificates/", certificates.my_certificates, name="my_certificates"),
    path("my/certificates/<str:number>.pdf", certificates.my_certificate_pdf, name="my_certificate_pdf"),
    path("school/results/", results.school_results, name="school_results"),
    path("school/results.csv", results.school_result_csv, name="school_result_csv"),
    path("school/results/<int:result_id>/", results.school_result, name="school_result"),
    path("school/certificates/", certificates.school_certificates, name="school_certificates"),
    path("school/certificates.zip", certificates.school_archive, name="school_archive"),
    path(
        "school/certificates/<str:number>.pdf",
        certificates.school_certificate_pdf,
        name="school_certificate_pdf",
    ),
    path("certificates/", certificates.certificate_list, name="certificate_list"),
    path("certificates/<str:number>.pdf", certificates.certificate_pdf, name="certificate_pdf"),
    path("certificates/<str:number>/", certificates.certificate_detail, name="certificate_detail"),
    path("certificates/<str:number>/revoke", certificates.revoke_request, name="revoke_request"),
    path("certificates/<str:number>/revocation", certificates.revoke_decide, name="revoke_decide"),
    path("verify/", verify.verify, name="verify"),
    path("verify/keys.json", verify.verify_keys, name="verify_keys"),
    path("verify/<str:number>", verify.verify_number, name="verify_number"),
    path("api/docs/", api_docs.api_docs, name="api_docs"),
    path("api/v1/openapi.json", api_docs.openapi, name="openapi"),
    path("api/v1/", include(api_urlpatterns)),
]
